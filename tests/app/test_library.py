"""A repository's own procedures, as its main branch has them."""

import subprocess

import pytest

from windlass.app.library import library_of
from windlass.app.wiring import Wish, open_plant

OURS = "---\nrole: qa\nversion: 9.1.0\nsummary: Ours.\n---\n# Our own\n\nLook twice.\n"


def git(folder, *words):
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "a.py").write_text("A = 1\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


def look(repository, tmp_path, role="qa"):
    env = {"WINDLASS_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    with open_plant(Wish(repo=repository), env) as plant:
        return library_of(plant)(role)


def test_without_one_of_its_own_it_is_windlasss(repository, tmp_path):
    assert look(repository, tmp_path).title != "Our own"


def test_what_is_committed_on_main_counts_and_nothing_else(repository, tmp_path):
    place = repository / ".windlass" / "sops"
    place.mkdir(parents=True)
    (place / "qa.md").write_text(OURS)
    assert look(repository, tmp_path).title != "Our own", "a file in a checkout is nobody's word"
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "Our way")
    found = look(repository, tmp_path)
    assert (found.title, found.version) == ("Our own", "9.1.0")
    assert look(repository, tmp_path, "worker").title != "Our own"
