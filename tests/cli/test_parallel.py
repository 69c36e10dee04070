"""`windlass parallel`: a feature from its text to the branch, three agents at once, two on the same file."""

import io
import json
import signal
import sys
from pathlib import Path

import pytest
from tests.cli.shell import Said, Shell, new_shell
from tests.cli.test_run import WAIT_S, wait_for

AGENT = """
import json, pathlib, sys, time
task = json.loads(sys.stdin.read())
word, _, rest = task["instructions"].partition(" ")
place = pathlib.Path(rest.split()[1].strip("`,."))
if word == "Sleep":
    time.sleep(600)
if word != "Leave":
    place.write_text((place.read_text() if place.exists() else "") + f"# {word}\\n")
"""
FEATURE = """Sell more:

1. Price in `shop/total.py`
2. Round in `shop/total.py`
3. Basket in `shop/basket.py` (after 1)

Keep it small.
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = new_shell(
        tmp_path / "plant", VERIFY_FAST='["python3 -m compileall -q shop"]', VERIFY_PR='["true"]'
    )
    (made.repo / "agent.py").write_text(AGENT)
    made.commit()
    names = [f'{{name = "{name}", kind = "command", command = "python3 agent.py"}}' for name in "abc"]
    made.plant.more_env["WINDLASS_DISPATCH_RUNNERS"] = f"[{', '.join(names)}]"
    return made


def at_work(shell: Shell) -> dict[int, tuple[float, float]]:
    return {
        task: (began, ended)
        for task, began, ended in shell.rows("SELECT task_id, started_at, finished_at FROM wl_attempt")
    }


def test_three_parts_by_three_agents_land_and_those_on_one_file_take_turns(shell: Shell) -> None:
    agents = [word for name in "abc" for word in ("--agent", name)]
    said = shell("parallel", FEATURE, *agents, "--land", "--json")
    assert said.code == 0, said.out + said.err
    told = said.json
    assert (told["title"], told["form"], told["strategy"]) == ("Sell more", "numbered list", "parallel")
    assert [(one["after"], one["behind"], one["wave"]) for one in told["parts"]] == [
        ([], [], 1), ([], [1], 2), ([1], [], 2),
    ]  # fmt: skip
    assert told["instances"] == 2, "never three parts are ready at once"
    assert [one["runner"] for one in told["results"]] == ["a", "b", "c"]
    assert {one["landing"] for one in told["results"]} == {"landed"}
    assert all(one["took"]["dollars"] is None and one["took"]["seconds"] > 0 for one in told["results"])
    assert shell.plant.git("show", "main:shop/total.py").endswith("# Price\n# Round")
    assert shell.plant.git("show", "main:shop/basket.py") == "# Basket"
    spans = at_work(shell)
    assert spans[2][0] >= spans[1][1], "the same file, one after the other"
    assert spans[3][0] >= spans[1][1], "as its text says"
    assert shell.rows("SELECT count(*) FROM wl_item WHERE source = 'person' AND state = 'closed'") == [(3,)]

    again = shell("parallel", FEATURE, *agents, "--key", told["key"], "--json")
    assert (again.code, again.json["tasks"]) == (0, told["tasks"]), "filed once"
    other = shell("parallel", "Something else in `shop/x.py`", "--key", told["key"])
    assert (other.code, "belongs to another feature" in other.err) == (6, True)


def test_a_part_that_is_refused_is_told_with_its_reason_and_decides_the_code(shell: Shell) -> None:
    shell.plant.more_env["WINDLASS_DISPATCH_ATTEMPTS_MAX"] = "1"
    said = shell("parallel", "Sell:\n- Price in `shop/a.py`\n- Leave it `shop/b.py`", "--instances", "2")
    assert said.code == 1, said.out + said.err
    assert "proposed" in said.out
    assert "changed nothing" in said.out
    assert "2 tasks: 1 done, 1 refused; " in said.out
    assert "^ submitted" in said.err


def test_the_plan_alone_files_nothing(shell: Shell) -> None:
    said = shell("parallel", FEATURE, "--plan")
    assert said.code == 0, said.err
    assert "Sell more: 3 parts (numbered list), parallel, 2 instances at once" in said.out
    assert "same files as 1" in said.out
    assert "without --land none sees what those before it proposed" in said.err
    assert shell("parallel", "Do this", "--plan", "--json").json["parts"] == [
        {"title": "Do this", "paths": [], "after": [], "behind": [], "wave": 1}
    ]
    assert shell.rows("SELECT count(*) FROM wl_task") == [(0,)]


def comment(shell: Shell, text: str) -> Said:
    place = shell.home.parent / "comment.txt"
    place.write_text(text)
    return shell("parallel", "--comment", str(place), "--plan", "--json")


def test_a_comment_asks_for_the_same(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    text = '/parallel-dev feature="Tidy `shop/total.py`" strategy=competition instances=3 complexity=high'
    told = comment(shell, text).json
    assert (told["strategy"], told["instances"], told["agents"]) == ("competition", 3, ["a", "b", "c"])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert shell("parallel", "--comment", "-", "--plan", "--json").json == told
    wrong = comment(shell, text.replace("instances", "instance"))
    assert (wrong.code, "write instances" in wrong.err) == (2, True)
    assert shell("parallel", "--comment", "no-such-file").code == 2


@pytest.mark.parametrize(
    ("strategy", "more", "told"),
    [
        ("ab", (), (["a", "b"], 2)),
        ("ab", ("--agent", "c"), (["c", "c"], 2)),
        ("tree", ("--instances", "4"), (["a", "b", "c", "a"], 4)),
        ("role", ("--agent", "a", "--agent", "b"), (["a", "b"], 1)),
    ],
)
def test_each_strategy_says_who_tries(
    shell: Shell, strategy: str, more: tuple[str, ...], told: object
) -> None:
    row = shell("parallel", "Tidy `shop/total.py`", "--strategy", strategy, *more, "--plan", "--json").json
    assert (row["agents"], row["instances"]) == told


def test_roles_take_the_parts_one_after_the_other(shell: Shell) -> None:
    said = shell("parallel", FEATURE, "--strategy", "role", "--no-run", "--json")
    assert said.code == 0, said.err
    assert said.json["tasks"] == [1]
    assert shell.rows("SELECT pattern, state FROM wl_trial") == [("role", "running")]
    ((instructions,),) = shell.rows("SELECT spec FROM wl_task WHERE root_id = 1")
    assert "Your part, after those before it" in json.loads(instructions)["instructions"]


def test_a_competition_takes_the_best_and_shows_why(shell: Shell) -> None:
    said = shell(
        "parallel", "Price in `shop/total.py`", "--strategy", "competition", "--agent", "a", "--instances",
        "2", "--accept", "grep -q Price shop/total.py", "--json",
    )  # fmt: skip
    assert said.code == 0, said.out + said.err
    (trial,) = said.json["trials"]
    assert trial["state"] == "decided"
    assert said.json["results"][0]["took"]["attempts"] >= 2
    assert "# Price" in shell.plant.git("show", f"{said.json['results'][0]['ref']}:shop/total.py")


def test_an_interrupted_feature_is_gone_on_with(shell: Shell) -> None:
    text = "Sell:\n- Sleep in `shop/a.py`\n- Price in `shop/b.py`"
    child = shell.plant.start("parallel", text, "--repo", str(shell.repo), "--agent", "a")
    wait_for(shell, "SELECT count(*) FROM wl_lease")
    child.send_signal(signal.SIGKILL)
    child.wait(WAIT_S)
    agent = shell.repo / "agent.py"
    agent.write_text(agent.read_text().replace("time.sleep(600)", "pass"))
    shell.commit()
    said = shell("parallel", "--resume", "--instances", "2", "--json")
    assert said.code == 0, said.err
    assert [one["turn"] for one in said.json["results"]] == ["done", "done"]
    assert shell.rows("SELECT count(*) FROM wl_task") == [(2,)]


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ((), 2, "Give what is to be done"),
        (("a", "--resume"), 2, "Give what is to be done"),
        (("--resume", "--strategy", "ab"), 2, "--strategy goes with"),
        (("--resume",), 3, "no feature was filed here"),
        (("--resume", "--key", "k"), 3, "no feature has the key 'k'"),
        (("a", "--instances", "11"), 2, "range 1<=x<=10"),
        (("a", "--agent", "nobody"), 3, "no runner 'nobody'"),
        (("a", "--key", "a/b"), 2, "no slash"),
        (("a\n- b (after 2)\n- c",), 2, "put a part behind those it needs"),
        (("a", "--strategy", "ab", "--instances", "3"), 2, "pattern ab takes 2 to 2"),
        ((FEATURE, "--strategy", "role", "--instances", "2"), 2, "do not fit"),
    ],
)
def test_wrong_calls_say_what_and_how(shell: Shell, arguments: tuple[str, ...], code: int, text: str) -> None:
    said = shell("parallel", *arguments, "--plan") if arguments else shell("parallel")
    assert (said.code, text in said.err) == (code, True), said.err
