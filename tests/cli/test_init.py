"""`windlass init`: propose settings, keep them, never write over anything."""

import tomllib
from pathlib import Path

from tests.cli.shell import Shell


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_proposal_is_kept_in_the_data_home_and_the_checkout_stays_as_it_was(shell: Shell) -> None:
    before = tree(shell.repo)
    said = shell("init")
    assert said.code == 0
    assert tomllib.loads(said.out)
    assert tree(shell.repo) == before
    (kept,) = shell.home.rglob("windlass.toml")
    assert kept.read_text() == said.out
    assert str(kept) in said.err
    assert shell("init").code == 0
    assert shell("config", "show", "--json").code == 0


def test_a_dry_run_writes_no_proposal(shell: Shell) -> None:
    before = tree(shell.repo)
    said = shell("init", "--dry-run")
    assert said.code == 0
    assert tomllib.loads(said.out)
    assert "Kept in" not in said.err
    assert list(shell.home.rglob("windlass.toml")) == []
    assert tree(shell.repo) == before


def test_on_request_it_goes_into_the_checkout(shell: Shell) -> None:
    before = tree(shell.repo)
    said = shell("init", "--write")
    assert said.code == 0
    after = tree(shell.repo)
    assert after.pop("windlass.toml").decode() == said.out
    assert after == before
    assert list(shell.home.rglob("windlass.toml")) == []


def test_a_file_that_says_something_else_is_never_written_over(shell: Shell) -> None:
    mine = "[autonomy]\nmax_files = 2\n"
    (shell.repo / "windlass.toml").write_text(mine)
    said = shell("init", "--write")
    assert said.code == 6
    assert "init --dry-run" in said.err
    assert (shell.repo / "windlass.toml").read_text() == mine

    assert shell("init").code == 0
    (kept,) = shell.home.rglob("windlass.toml")
    kept.write_text(mine)
    assert shell("init").code == 6
    assert kept.read_text() == mine


def test_a_link_in_the_checkout_is_not_followed(shell: Shell, tmp_path: Path) -> None:
    (shell.repo / "windlass.toml").symlink_to(tmp_path / "elsewhere")
    assert shell("init", "--write").code == 6
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_no_repository_is_refused(shell: Shell, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    said = shell.bare("init", "--repo", str(empty))
    assert said.code in (2, 3)
    assert list(empty.iterdir()) == []
