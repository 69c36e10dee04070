"""`windlass execute`: one order from the sentence to the branch, and every way in which it may end."""

import json
import signal
from pathlib import Path

import pytest
from tests.cli.shell import Shell, new_shell
from tests.cli.test_run import WAIT_S, wait_for

AGENT = """
import json, os, pathlib, sys, time
task = json.loads(sys.stdin.read())
word = task["instructions"].split()[0]
if word == "cannot":
    print(json.dumps({"outcome": "cannot", "detail": "it needs a decision"}))
elif word == "break":
    pathlib.Path("shop/total.py").write_text("def total(:\\n")
elif word == "stray":
    pathlib.Path("elsewhere.py").write_text("X = 1\\n")
elif word == "sleep":
    time.sleep(600)
elif word != "nothing":
    text = pathlib.Path("shop/total.py").read_text()
    pathlib.Path("shop/total.py").write_text(f"{text}# {word}\\n")
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A repository whose agent does as its task's first word says."""
    made = new_shell(
        tmp_path / "plant", VERIFY_FAST='["python3 -m compileall -q shop"]', VERIFY_PR='["true"]'
    )
    (made.repo / "agent.py").write_text(AGENT)
    made.commit()
    made.plant.more_env["WINDLASS_DISPATCH_RUNNERS"] = (
        '[{name = "mechanic", kind = "mechanic"},'
        ' {name = "scripted", kind = "command", command = "python3 agent.py"}]'
    )
    return made


def order(shell: Shell, title: str, *more: str) -> object:
    return shell("execute", title, "--path", "shop/", *more)


def test_one_sentence_becomes_a_proposal(shell: Shell) -> None:
    said = shell("execute", "tidy the total", "--path", "shop/", "--json")
    assert said.code == 0, said.err
    told = said.json
    assert (told["status"], told["landing"], told["files"]) == ("completed", "proposed", ["shop/total.py"])
    assert told["verified"].startswith("passed in")
    assert told["refused"] == []
    assert "# tidy" in shell.plant.git("show", f"{told['ref']}:shop/total.py")
    assert "# tidy" not in shell.plant.git("show", "main:shop/total.py")
    assert "^ submitted" in said.err
    assert shell.rows("SELECT source, category, state, route FROM wl_item") == [
        ("person", "change", "proposed", "auto")
    ]


def test_with_land_main_moves_and_the_item_is_done(shell: Shell) -> None:
    said = order(
        shell, "tidy the total", "--land", "--kind", "bug", "--accept", "grep -q tidy shop/total.py"
    )  # the playbook of bugs asks for something that was red
    assert said.code == 0, said.err
    assert "delivered  landed" in said.out
    assert "1 file, " in said.out
    assert "# tidy" in shell.plant.git("show", "main:shop/total.py")
    assert shell.rows("SELECT category, state FROM wl_item") == [("bug", "closed")]


def test_nothing_else_is_looked_for_or_done(shell: Shell) -> None:
    assert shell("discover").code == 0
    assert order(shell, "tidy the total").code == 0
    assert shell.rows("SELECT count(*) FROM wl_task") == [(1,)]


def test_another_task_that_waits_is_left_alone(shell: Shell) -> None:
    shell.commit(shop__other="import os\n")
    assert shell("task", "file", "Mend it", "--lane", "scripted", "--path", "shop/other.py").code == 0
    said = shell("execute", "tidy the total", "--path", "shop/total.py", "--json")
    assert (said.code, said.json["task"]) == (0, 2), said.err
    assert shell.rows("SELECT id, status FROM wl_task ORDER BY id") == [(1, "pending"), (2, "completed")]


@pytest.mark.parametrize(
    ("word", "code", "text"),
    [
        ("nothing", 1, "changed nothing"),
        ("cannot", 4, "it needs a decision"),
        ("break", 1, "task.failed: "),
        ("stray", 1, "changed files outside its task: elsewhere.py"),
    ],
)
def test_each_end_says_why_and_has_its_code(shell: Shell, word: str, code: int, text: str) -> None:
    shell.plant.more_env["WINDLASS_DISPATCH_ATTEMPTS_MAX"] = "1"
    said = order(shell, f"{word} it")
    assert said.code == code, said.out + said.err
    assert text in said.out
    assert shell.plant.git("rev-list", "--count", "main") == "2"


def test_an_acceptance_check_decides_with_the_rest(shell: Shell) -> None:
    shell.plant.more_env["WINDLASS_DISPATCH_ATTEMPTS_MAX"] = "1"
    checks = ("--accept", "grep -q tidy shop/total.py", "--accept", "test -f shop/total.py")
    assert order(shell, "tidy the total", *checks).code == 0
    (spec,) = shell.rows("SELECT acceptance FROM wl_item_terms")
    assert json.loads(*spec) == ["grep -q tidy shop/total.py", "test -f shop/total.py"]
    refused = order(shell, "sweep the total", *checks)
    assert refused.code == 1, refused.out + refused.err
    assert "acceptance check 'grep -q tidy shop/total.py' does not pass" in refused.out


def test_without_paths_the_whole_repository_is_open_and_the_scope_still_holds(shell: Shell) -> None:
    said = shell("execute", "stray a little", "--json", "--land")
    assert said.code == 0, said.err
    assert said.json["files"] == ["elsewhere.py"]
    held = shell("execute", "tidy it", "--kind", "security", "--land", "--json")
    assert held.code == 4, "high risk: whoever did not make it reads it first"
    assert held.json["landing"] == "blocked"
    assert f"windlass decide show {held.json['asks'][0]}" in held.err


def test_a_key_files_once_and_another_order_under_it_is_refused(shell: Shell) -> None:
    first = order(shell, "tidy the total", "--key", "k1", "--json")
    again = order(shell, "tidy the total", "--key", "k1", "--json")
    assert (first.code, again.code) == (0, 0)
    assert first.json == again.json
    assert shell.rows("SELECT count(*) FROM wl_attempt") == [(1,)]
    other = order(shell, "sweep the total", "--key", "k1")
    assert other.code == 6
    assert "belongs to task 1: tidy the total" in other.err


def test_an_interrupted_order_stays_and_is_gone_on_with(shell: Shell) -> None:
    child = shell.plant.start("execute", "sleep well", "--path", "shop/", "--repo", str(shell.repo))
    wait_for(shell, "SELECT count(*) FROM wl_lease")
    child.send_signal(signal.SIGINT)
    assert child.wait(WAIT_S) == 130
    (state,) = shell.rows("SELECT status, attempt FROM wl_task")
    assert state in (("pending", 0), ("in_progress", 1))
    agent = shell.repo / "agent.py"
    agent.write_text(agent.read_text().replace("time.sleep(600)", "pathlib.Path('shop/b.py').touch()"))
    shell.commit()
    said = shell("execute", "--task", "1", "--json")
    assert said.code == 0, said.err
    assert said.json["files"] == ["shop/b.py"]


def test_a_time_limit_leaves_with_124_and_says_how_to_go_on(shell: Shell) -> None:
    said = order(shell, "sleep well", "--for", "1ms")
    assert said.code == 2
    assert order(shell, "tidy it", "--for", "1s").code in (0, 124)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ((), 2, "Give what is to be done"),
        (("a", "--task", "1"), 2, "Give what is to be done"),
        (("--task", "7"), 3, "no task 7"),
        (("a", "--runner", "nobody"), 3, "known: mechanic, scripted"),
        (("a", "--path", "../b"), 2, "path '../b'"),
        (("a\nb",), 2, "a title is one line"),
        (("a", "--accept", "make 'check"), 2, "cannot be split into words"),
    ],
)
def test_wrong_calls_say_what_and_how(shell: Shell, arguments: tuple[str, ...], code: int, text: str) -> None:
    said = shell("execute", *arguments)
    assert (said.code, text in said.err) == (code, True), said.err


def test_who_takes_no_such_work_is_not_asked(shell: Shell) -> None:
    shell.plant.more_env["WINDLASS_DISPATCH_RUNNERS"] = (
        '["mechanic", {name = "out", kind = "outside", lane = "backend"}]'
    )
    assert "leaves its work to agents" in shell("execute", "a", "--runner", "out").err
    none = shell("execute", "a")
    assert (none.code, "no runner that works here takes work of kind 'change'" in none.err) == (2, True)
