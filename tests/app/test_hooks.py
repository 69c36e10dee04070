"""Hooks of a user's repository: ours beside theirs, and away without a trace."""

import subprocess
from pathlib import Path

import pytest
from tests.app.shop import Shop

from windlass.app.hooks import BEFORE, Standing, install, remove, status
from windlass.kernel import Conflict
from windlass.workspace import Checkout


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Writes down how it was called and what it was given, and ends as it is told to."""
    path = tmp_path / "wind lass"
    path.write_text(f'#!/bin/sh\n(echo "$@"; cat) >> "{tmp_path}/called"\nexit ${{CODE:-0}}\n')
    path.chmod(0o755)
    return path


def standings(checkout: Checkout) -> list[Standing]:
    return [one.standing for one in status(checkout)]


def test_git_calls_windlass_and_stops_where_it_says_no(shop: Shop, program: Path, tmp_path: Path) -> None:
    checkout = Checkout.open(shop.repo)
    assert standings(checkout) == [Standing.ABSENT, Standing.ABSENT]
    assert [one.standing for one in install(checkout, program)] == [Standing.INSTALLED] * 2
    assert [one.standing for one in install(checkout, program)] == [Standing.INSTALLED] * 2
    shop.commit({"a": "1\n"})
    assert (tmp_path / "called").read_text() == "hooks run pre-commit\n"
    hook = shop.repo / ".git" / "hooks" / "pre-push"
    line = "refs/heads/main 1 refs/heads/main 0\n\n"
    done = subprocess.run([hook], input=line.encode(), env={"CODE": "1", "PATH": "/usr/bin:/bin"})
    assert done.returncode == 1
    assert (tmp_path / "called").read_text().endswith(f"hooks run pre-push\n{line}")
    program.unlink()
    gone = subprocess.run([hook], input=b"", capture_output=True)
    assert (gone.returncode, b"no windlass at" in gone.stderr) == (69, True)
    assert [one.standing for one in remove(checkout)] == [Standing.ABSENT] * 2
    assert not [path for path in hook.parent.iterdir() if not path.name.endswith(".sample")]


def test_a_hook_of_the_users_runs_first_and_comes_back(shop: Shop, program: Path, tmp_path: Path) -> None:
    checkout = Checkout.open(shop.repo)
    folder = shop.repo / ".git" / "hooks"
    folder.mkdir(exist_ok=True)
    mine = folder / "pre-commit"
    mine.write_text("#!/bin/sh\necho mine > mine.txt\nexit ${MINE:-0}\n")
    mine.chmod(0o755)
    assert standings(checkout) == [Standing.THEIRS, Standing.ABSENT]
    assert [one.standing for one in install(checkout, program)] == [Standing.CHAINED, Standing.INSTALLED]
    refused = subprocess.run([mine], cwd=shop.repo, input=b"", env={"MINE": "3", "PATH": "/usr/bin:/bin"})
    assert refused.returncode == 3
    assert (shop.repo / "mine.txt").exists()
    assert not (tmp_path / "called").exists()
    assert standings(checkout) == [Standing.CHAINED, Standing.INSTALLED]
    remove(checkout)
    assert standings(checkout) == [Standing.THEIRS, Standing.ABSENT]
    assert "mine.txt" in mine.read_text()
    (folder / f"pre-commit{BEFORE}").write_text("what is this")
    with pytest.raises(Conflict, match="in the way"):
        install(checkout, program)


def test_the_hooks_lie_where_git_looks_for_them(shop: Shop, program: Path, tmp_path: Path) -> None:
    shop.outside.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = Checkout.open(tmp_path / "linked")
    assert {one.path.parent for one in install(linked, program)} == {shop.repo / ".git" / "hooks"}
    (tmp_path / "mine").mkdir()
    shop.outside.git("config", "core.hooksPath", str(tmp_path / "mine"))
    assert {one.path.parent for one in install(linked, program)} == {tmp_path / "mine"}
    shop.outside.git("config", "core.hooksPath", ".githooks")
    with pytest.raises(Conflict, match="among the files") as caught:
        install(Checkout.open(shop.repo), program)
    assert "windlass hooks run pre-push" in caught.value.hint
