from pathlib import Path

from tests.cli.shell import Shell


def test_there_is_nothing_at_first(shell: Shell) -> None:
    assert shell("worktree", "list").out == "There is none. `windlass worktree create` makes one.\n"
    assert shell("worktree", "show", "1").code == 3
    assert shell("worktree", "pick", "1").code == 6
    assert shell("worktree", "pick", "no-such").code == 3
    assert shell("worktree", "prune").out == ""


def test_a_branch_is_measured(shell: Shell) -> None:
    found = shell("worktree", "evaluate", "main", "--json").json
    assert (found["lines"], found["refused"]) == (0, "")
    assert {one["axis"] for one in found["figures"]} == {"performance", "quality", "security", "value"}
    assert all(one["score"] is not None or one["unknown"] for one in found["figures"])
    assert "performance" in shell("worktree", "evaluate", "main").out


def test_a_worktree_is_made_measured_listed_and_removed(shell: Shell) -> None:
    said = shell("worktree", "create", "idea")
    assert said.code == 0, said.err
    place = Path(said.out.strip())
    (place / "shop" / "total.py").write_text("def total(prices):\n    return sum(prices)\n")
    (listed,) = shell("worktree", "list", "--json").json
    assert (listed["kind"], listed["name"], listed["path"]) == ("worktree", "idea", str(place))
    assert str(place) in shell("worktree", "list").out
    assert shell("worktree", "evaluate", "idea", "--json").json["lines"] == 3
    gone = shell("worktree", "remove", "idea", "--json").json
    assert gone == {"worktree": "idea", "kept": "refs/windlass/snapshots/worktrees/idea/1"}
    assert not place.exists()
    assert shell("worktree", "create").code == 2


def test_a_persons_work_on_a_task_goes_the_way_of_all(shell: Shell) -> None:
    shell.plant.more_env |= {
        "WINDLASS_DISPATCH_RUNNERS": '[{name = "slow", kind = "command", command = "false"}]',
        "WINDLASS_VERIFY_FAST": '["true"]', "WINDLASS_VERIFY_PR": '["true"]',
    }  # fmt: skip
    assert shell("parallel", "Tidy `shop/total.py`", "--no-run").code == 0
    place = Path(shell("worktree", "create", "--task", "1").out.strip())
    (place / "shop" / "total.py").write_text("def total(prices):\n    return sum(prices)\n")
    picked = shell("worktree", "pick", "task-1", "--json")
    assert (picked.code, picked.json) == (0, {"worktree": "task-1", "task": 1}), picked.err
    done = shell("execute", "--task", "1", "--json")
    assert (done.code, done.json["landing"]) == (0, "proposed"), done.err
    late = shell("worktree", "pick", "task-1")
    assert (late.code, "task 1 is completed and cannot be claimed" in late.err) == (6, True)
