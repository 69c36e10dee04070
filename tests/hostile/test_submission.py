"""Whatever an agent leaves behind, or forges and hands in: it is taken in harmless, held, or refused."""

import shutil

import pytest

from tests.hostile.ground import ADA, AT, Ground
from tests.hostile.repository_cases import CASES
from tests.hostile.submission_cases import BOXED, PACKS, PROTECTED, SCRIPTS, Left, Pack
from tests.workspace.forge import Forge
from windlass.dispatch import Lease, Made, Refusal, Site, Submission, take_in

CASES_MIN = 60


@pytest.fixture
def place(ground: Ground) -> tuple[Ground, Site, str]:
    site, base = ground.site()
    return ground, site, base


def hand_in(
    site: Site, base: str, forge: Forge, head: str, paths: tuple[str, ...] = ("*",)
) -> Submission | Refusal:
    pack = forge.pack(site.mirror.tmp.parent / "pack")
    return take_in(site, Lease(1, 1, "w", "n", AT), Made(base, head, pack, ""), paths=paths, sandbox="bwrap")


@pytest.mark.parametrize("left", SCRIPTS, ids=lambda left: left.name.replace(" ", "-"))
def test_what_an_agent_leaves_does_nothing_outside(left: Left, place: tuple[Ground, Site, str]) -> None:
    ground, site, base = place
    before = ground.canary.state()
    taken = ground.attempt(site, base, left.script)
    if left.expected == "taken":
        assert isinstance(taken, Submission), taken
        assert bool(ground.held(site, taken)) == left.held, taken.files
        assert {entry.mode for entry in site.mirror.files(taken.commit)} <= {"100644", "100755"}
    else:
        assert isinstance(taken, Refusal), taken
        assert taken.detail.startswith(left.expected), taken.detail
    assert ground.canary.state() == before
    assert not list(ground.folder.rglob("evil"))
    shutil.rmtree(site.folders.attempts)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name.replace(" ", "-"))
def test_a_forged_pack_stays_outside(pack: Pack, place: tuple[Ground, Site, str]) -> None:
    _, site, base = place
    forge = Forge(base, site.mirror.tree_of(base))
    before = sorted(path.name for path in site.mirror.objects.rglob("*"))
    taken = hand_in(site, base, forge, pack.head(forge))
    assert isinstance(taken, Refusal), taken
    assert taken.detail.startswith(pack.expected), taken.detail
    assert sorted(path.name for path in site.mirror.objects.rglob("*")) == before
    assert site.mirror.ref("refs/windlass/submissions/1/1") is None


def test_files_that_others_obey_wait_for_a_person(place: tuple[Ground, Site, str]) -> None:
    """Each on its own commit; code that runs in the sandbox alone does not wait."""
    ground, site, base = place
    free = []
    for path in (*PROTECTED, *BOXED):
        tree = site.mirror.write_tree({"app.py": b"x = 1\n", path: b"touch evil\n"})
        commit = site.mirror.commit(tree, [base], "a change", ADA, AT)
        offered = Submission(1, 1, commit, tree, base, ("app.py", path), 2, "bwrap")
        if "protected" not in ground.held(site, offered):
            free.append(path)
    assert free == list(BOXED)


@pytest.mark.parametrize("path", ["setup.py", ".claude/settings.json", "../app.py", "App.py", "app.py/x"])
def test_a_file_outside_its_task_is_refused(path: str, place: tuple[Ground, Site, str]) -> None:
    _, site, base = place
    forge = Forge(base, site.mirror.tree_of(base))
    oid, mode = forge.blob(b"x = 1\n"), "100644"
    for name in path.split("/")[::-1]:
        oid, mode = forge.tree((mode, name, oid)), "40000"
    taken = hand_in(site, base, forge, forge.commit(oid), ("app.py",))
    assert isinstance(taken, Refusal)
    assert taken.detail.startswith(("changed files outside its task", "bad-pack"))


def test_there_are_enough_cases() -> None:
    names = [*(case.name for case in CASES), *(left.name for left in SCRIPTS), *(pack.name for pack in PACKS)]
    assert len(CASES) + len(SCRIPTS) + len(PACKS) == len(names) >= CASES_MIN
