"""`windlass task file`: work for agents outside."""

import re
from pathlib import Path

from tests.app.online import online, token_file
from tests.app.shop import Shop
from tests.cli.shell import Shell

from windlass import identity
from windlass.identity import Role, TokenKind


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


def test_a_task_is_filed_at_a_server_with_the_token_of_an_operator(shell: Shell, tmp_path: Path) -> None:
    ordered = ("task", "file", "Empty carts", "--lane", "backend", "--path", "shop/total.py")
    with online(Shop(shell.plant)) as at:
        made = at.served.database.write(
            lambda tx: identity.issue(
                tx, TokenKind.PERSON, subject="person:ann", role=Role.OPERATOR, now=tx.now(),
                expires_at=tx.now() + 3600, by="test",
            )
        )  # fmt: skip
        there = (*ordered, "--server", at.url)
        token = ("--token-file", str(token_file(tmp_path, made.text)))
        said = shell.bare(*there, *token)
        assert said.code == 0, said.err
        assert re.fullmatch(r"Task \d+ waits in lane backend; its risk is low\n", said.out)
        assert shell.bare(*there, *token, "--repo", "nothing").code == 3
        assert shell.bare(*there).code == 2
        agent = tmp_path / "agent"
        agent.mkdir()
        refused = shell.bare(*there, "--token-file", str(token_file(agent, at.token())))
        assert (refused.code, "task.create" in refused.err) == (5, True)
    (row,) = shell("task", "list", "--json").json
    assert (row["title"], row["paths"]) == ("Empty carts", ["shop/total.py"])
