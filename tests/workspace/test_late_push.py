"""A late worker on real git: whatever an old attempt still writes, what was submitted stays and lands."""

import shutil

import pytest

from windlass.workspace import Attempt, Author, ImportBudget, Moved, import_pack
from windlass.workspace.model import Imported
from windlass.workspace.refs import submission_ref

AUTHOR = Author("Ada", "ada@example.org")


@pytest.fixture
def story(mirror, base, bring, tmp_path, repo):
    """Attempt 1 lost its lease; attempt 2 worked, was imported and pinned."""
    root = tmp_path / "attempts"
    old = Attempt.create(mirror, root, base, "windlass/t/1")
    new = Attempt.create(mirror, root, base, "windlass/t/2")
    (new.path / "a.txt").write_text("good work\n")
    pack, head = bring(new)
    got = import_pack(mirror, pack, base, head, ImportBudget())
    assert isinstance(got, Imported)
    mirror.set_ref(submission_ref("t", 2), got.commit, expected=None)
    return old, new, got.commit


def test_late_push_everywhere_it_can_reach_never_lands(story, mirror, base, repo, bring, make_repo):
    old, new, good = story
    late = type(repo)(old.path)
    evil = late.commit({"a.txt": "late and wrong\n"}, "late")
    # Force-push over the new attempt's branch, and over every reference of every repository it can write.
    type(repo)(new.path).git("config", "receive.denyCurrentBranch", "ignore")
    for name in (
        "refs/heads/windlass/t/2",
        "refs/windlass/submissions/t/2",
        "refs/heads/main",
        "refs/windlass/user/heads/main",
    ):
        late.git("push", "-q", "--force", str(new.path), f"{evil}:{name}")
        late.git("update-ref", name, evil)
    (new.out / "head").write_text(f"{evil}\n")
    shutil.rmtree(new.out / "repo.git")

    assert mirror.ref(submission_ref("t", 2)) == good
    assert not mirror.exists(evil)
    merged = mirror.merge(base, base, good)
    landed = mirror.commit(merged.tree, [base], "land", AUTHOR, 1.0)
    assert mirror.merge_again(base, base, good) == merged
    before = repo.checkout().fingerprint()
    repo.checkout().publish(mirror, landed, "refs/heads/main", expected=base, message="windlass: land t")
    assert repo.git("show", "main:a.txt") == "good work"
    assert repo.checkout().fingerprint() == before
    assert mirror.fsck() == []


def test_late_import_cannot_replace_the_pin(story, mirror, base, bring):
    """Even a late change that comes in by the front door moves nothing: pins are compare-and-swap."""
    old, _, good = story
    (old.path / "a.txt").write_text("late\n")
    pack, head = bring(old)
    late = import_pack(mirror, pack, base, head, ImportBudget())
    assert isinstance(late, Imported)
    with pytest.raises(Moved):
        mirror.set_ref(submission_ref("t", 2), late.commit, expected=None)
    with pytest.raises(Moved):
        mirror.set_ref(submission_ref("t", 2), late.commit, expected=base)
    assert mirror.ref(submission_ref("t", 2)) == good


def test_late_landing_on_a_moved_main_is_refused(story, mirror, base, repo):
    _, _, good = story
    landed = mirror.commit(mirror.tree_of(good), [base], "land", AUTHOR, 1.0)
    user = repo.commit({"b.txt": "the user was faster\n"})
    with pytest.raises(Moved):
        repo.checkout().publish(mirror, landed, "refs/heads/main", expected=base, message="land")
    assert repo.git("rev-parse", "main") == user
