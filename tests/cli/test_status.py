"""`windlass status`: what runs, what waits, what is next."""

from tests.cli.shell import Shell


def test_the_state_of_things_is_counted(worked: Shell) -> None:
    told = worked("status", "--json").json
    assert told == {
        "repository": str(worked.repo),
        "main": "main",
        "owner": "nobody",
        "needs_you": 1,
        "items": {"waiting": 1, "proposed": 1},
        "tasks": {"completed": 1},
    }
    assert worked("status", "--fields", "needs_you").json == {"needs_you": 1}
    plain = worked("status").out
    assert "1 waiting, 1 proposed" in plain
    assert "1 completed" in plain


def test_a_fresh_repository_has_nothing(shell: Shell) -> None:
    lines = shell("status").out.splitlines()
    assert [line.split()[-1] for line in lines if line.split()[0] in ("items", "tasks")] == ["none", "none"]
