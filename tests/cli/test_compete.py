"""`windlass compete` from start to verdict, with agents of known skill."""

import pytest
from tests.cli.shell import Shell

from windlass.cli.compete import named

SETTINGS = """
[dispatch]
runners = [
  {name = "good", kind = "command", command = ["sed", "-i", "1,3d", "shop/total.py"], sources = ["none"]},
  {name = "idle", kind = "command", command = ["true"], sources = ["none"]},
]
[verify]
fast = ["true"]
pr = ["true"]
"""
WORK = ("--title", "Drop the import", "--path", "shop/total.py")


def test_words_name_entries_and_their_runners() -> None:
    assert named(["a", "safe=b", " c*2 ", ""]) == [("a", "a"), ("safe", "b"), ("c1", "c"), ("c2", "c")]


def test_the_better_one_is_taken_and_its_verdict_explained(shell: Shell) -> None:
    (shell.repo / "windlass.toml").write_text(SETTINGS)
    shell.plant.git("add", "-A")
    shell.plant.git("-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "settings")
    accept = ("--accept", "awk '/^import/ {exit 1}' shop/total.py")
    done = shell("compete", "--runners", "good,idle", *WORK, *accept, "--json")
    assert done.code == 0, done.err
    told = done.json
    assert told["state"] == "decided"
    good, idle = told["entries"]
    assert told["winner"] == good["task"]
    assert good["evaluation"]["axes"]["value"] > 0.9
    assert idle["evaluation"] is None
    assert any(line.startswith("Good wins") for line in told["told"])

    (listed,) = shell("worktree", "list", "--json").json
    assert listed == {"kind": "trial"} | told | {"task_status": listed["task_status"]}
    shown = shell("worktree", "show", str(told["task"])).out
    assert "acceptance" in shown
    assert "taken" in shown
    compared = shell("worktree", "compare", "main", str(good["task"]), "--json").json
    assert "-import os" in compared["diff"]
    assert shell("worktree", "prune", "--older", "1s", "--json").json == {"entries": []}
    refused = shell("worktree", "pick", str(idle["task"]))
    assert refused.code == 6


@pytest.mark.parametrize("wrong", [
    ("--runners", "good"), ("--runners", "nobody", *WORK), ("--runners", "good,good", *WORK),
    ("--runners", "good", "--pattern", "ab", *WORK), ("--runners", "good", "--tell", "x=y", *WORK),
])  # fmt: skip
def test_what_makes_no_sense_begins_nothing(shell: Shell, wrong: tuple[str, ...]) -> None:
    assert shell("compete", *wrong).code == 2
    assert shell("worktree", "list", "--json").json == []
