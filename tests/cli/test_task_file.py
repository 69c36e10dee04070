"""`windlass task file`: work for agents outside."""

from tests.cli.shell import Shell


def test_a_task_is_filed_and_told_with_its_risk(shell: Shell) -> None:
    said = shell("task", "file", "Empty carts", "--lane", "backend", "--path", "shop/total.py")
    assert (said.code, said.out) == (0, "Task 1 waits in lane backend; its risk is low\n")
    (row,) = shell("task", "list", "--json").json
    assert (row["title"], row["status"], row["paths"]) == ("Empty carts", "pending", ["shop/total.py"])
    assert "task file" in shell("op", "log").out


def test_high_risk_says_why(shell: Shell) -> None:
    said = shell(
        "task", "file", "Rotate", "--lane", "backend", "--path", "shop/total.py", "--high-risk", "--json"
    )
    assert said.json["risk"] == "high"
    assert "a person says so" in said.json["reasons"]


def test_a_path_outside_is_refused_and_a_path_is_asked_for(shell: Shell) -> None:
    assert shell("task", "file", "x", "--lane", "backend", "--path", "../x").code == 2
    assert shell("task", "file", "x", "--lane", "backend").code == 2
    assert shell("task", "list", "--json").json == []
