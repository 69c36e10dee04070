from tests.cli.shell import Shell


def test_there_is_no_trial_at_first(shell: Shell) -> None:
    assert shell("worktree", "list").out == "There is no trial. `windlass compete` begins one.\n"
    assert shell("worktree", "show", "1").code == 3
    assert shell("worktree", "pick", "1").code == 6
    assert shell("worktree", "prune").out == ""


def test_a_branch_is_measured(shell: Shell) -> None:
    found = shell("worktree", "evaluate", "main", "--json").json
    assert (found["lines"], found["refused"]) == (0, "")
    assert {one["axis"] for one in found["figures"]} == {"performance", "quality", "security", "value"}
    assert all(one["score"] is not None or one["unknown"] for one in found["figures"])
    assert "performance" in shell("worktree", "evaluate", "main").out
