"""`windlass decide policy …`: made, listed and ended by a person."""

from pathlib import Path

from tests.cli.shell import new_shell


def test_a_standing_answer_is_added_listed_and_revoked(tmp_path: Path) -> None:
    shell = new_shell(tmp_path / "plant")
    assert shell("decide", "policy", "list").out == "Every question is asked.\n"
    made = shell("decide", "policy", "add", "gate", "gate:*:*", "approve", "--json").json
    assert (made["choice"], made["created_by"], made["revoked_at"]) == ("approve", "person:owner", None)
    row = shell("decide", "policy", "list").out.splitlines()[1].split()
    assert row == ["1", "gate", "gate:*:*", "approve", "0"]
    assert shell("decide", "policy", "revoke", "1").code == 0
    assert shell("decide", "policy", "list", "--json").json == []
    assert len(shell("decide", "policy", "list", "--revoked", "--json").json) == 1
    assert shell("decide", "policy", "revoke", "7").code == 3
    assert shell("decide", "policy", "add", "failed", "failed:*", "retry").code == 2
