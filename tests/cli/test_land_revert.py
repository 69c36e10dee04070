"""`windlass land revert` as a person uses it; what it does to the branch is told in test_undo."""

from pathlib import Path

from tests.cli.shell import new_shell


def test_a_commit_that_windlass_did_not_land_is_not_touched(tmp_path: Path) -> None:
    shell = new_shell(tmp_path / "plant")
    head = shell.plant.git("rev-parse", "main")
    refused = shell("land", "revert", head)
    assert refused.code == 3
    assert "windlass has landed no commit" in refused.err
    assert shell("task", "list", "--json").json == []
