"""Work trees made ahead or made again: as good as new at any base, for one attempt each."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from windlass.workspace import Attempt, ImportBudget, Mirror, import_pack, spares


def looks(folder: Path) -> dict[str, tuple[int, bytes]]:
    found = {}
    for place in folder.rglob("*"):
        name = str(place.relative_to(folder))
        if not place.is_dir() and not name.startswith(".git/index"):
            content = os.readlink(place).encode() if place.is_symlink() else place.read_bytes()
            found[name] = (place.lstat().st_mode, content)
    return found


def test_a_spare_becomes_the_attempt_that_would_have_been_made(repo, mirror, base, tmp_path):
    (repo.path / "a.txt").unlink()
    later = repo.commit({"a.txt/b": "a folder now\n", "new/deep": "x\n"})
    mirror.sync(repo.checkout())
    root = tmp_path / "attempts"
    assert Attempt.stock(mirror, root, base, 2) == 2
    assert Attempt.stock(mirror, root, base, 2) == 0
    for number, commit in enumerate((later, base)):
        branch = f"windlass/t{number}/1"
        got = Attempt.create(mirror, root, commit, branch)
        fresh = Attempt.create(mirror, tmp_path / "fresh", commit, branch)
        assert looks(got.path) == looks(fresh.path)
        assert type(repo)(got.path).git("status", "--porcelain") == ""
        assert got.weight is not None
    assert Attempt.stocked(mirror, root) == 0


def test_each_spare_is_taken_once_and_only_for_its_own_mirror(make_repo, mirror, base, tmp_path):
    other = Mirror.create(tmp_path / "m2")
    foreign = other.sync(make_repo("other", files={"theirs": "x"}).checkout())
    root = tmp_path / "attempts"
    Attempt.stock(mirror, root, base, 3)

    def create(number: int) -> Attempt:
        return Attempt.create(mirror, root, base, f"windlass/t{number}/1")

    strange = Attempt.create(other, root, foreign, "windlass/s/1")
    assert (strange.path / "theirs").exists()
    assert Attempt.stocked(mirror, root) == 3
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(create, range(6)))
    assert Attempt.stocked(mirror, root) == 0
    assert len({one.path.stat().st_ino for one in made}) == 6
    for one in made:
        one.remove()
    assert Attempt.stocked(mirror, root) == 0


def test_an_edit_in_the_second_of_the_making_is_seen(mirror, base, tmp_path, bring):
    root = tmp_path / "attempts"
    for number in range(2):
        attempt = Attempt.create(mirror, root, base, f"windlass/t{number}/1")
        text = (attempt.path / "a.txt").read_text()
        (attempt.path / "a.txt").write_text(text.swapcase())
        pack, head = bring(attempt)
        import_pack(mirror, pack, base, head, ImportBudget())
        assert [change.path for change in mirror.changed(base, head)] == ["a.txt"]
        Attempt.stock(mirror, root, base, 1)


def test_spares_are_bounded_and_swept_with_what_a_crash_left(mirror, base, tmp_path, monkeypatch):
    root = tmp_path / "attempts"
    monkeypatch.setattr(spares, "BYTES_MAX", 0)
    assert Attempt.stock(mirror, root, base, 3) == 1, "how large one is shows when it is there"
    (root / ".spare-half").mkdir()
    assert Attempt.stocked(mirror, root) == 1
    assert Attempt.sweep(root) == 2
    assert Attempt.stocked(mirror, root) == 0


def test_what_is_thrown_away_is_one_mirrors(make_repo, mirror, base, tmp_path):
    other = Mirror.create(tmp_path / "m2")
    foreign = other.sync(make_repo("other", files={"theirs": "x"}).checkout())
    root = tmp_path / "attempts"
    assert [Attempt.stock(mirror, root, base, 1), Attempt.stock(other, root, foreign, 1)] == [1, 1]
    Attempt.unstock(mirror, root)
    assert [Attempt.stocked(mirror, root), Attempt.stocked(other, root)] == [0, 1]


def test_one_spare_is_brought_to_a_later_commit_before_anybody_asks(repo, mirror, base, tmp_path):
    root = tmp_path / "attempts"
    Attempt.stock(mirror, root, base, 2)
    later = repo.commit({"new/deep": "x\n"})
    mirror.sync(repo.checkout())
    assert [Attempt.freshen(mirror, root, later) for _ in range(2)] == [True, False]
    assert sorted(facts["base"] for _, facts in spares.spares(root, mirror)) == sorted([base, later])
    got = Attempt.create(mirror, root, later, "windlass/t1/1")
    fresh = Attempt.create(mirror, tmp_path / "fresh", later, "windlass/t1/1")
    assert looks(got.path) == looks(fresh.path)
    assert [facts["base"] for _, facts in spares.spares(root, mirror)] == [base], "one that fits first"


def test_what_an_attempt_left_is_as_good_as_new(repo, mirror, base, tmp_path, bring):
    root = tmp_path / "attempts"
    first = Attempt.create(mirror, root, base, "windlass/t1/1")
    untouched = (first.path / "src" / "b.py").stat().st_ino
    (first.path / "a.txt").write_text("ONE\nTWO\nTHREE\n")
    (first.path / "src" / "cache.pyc").write_text("hidden")
    (first.path / ".git" / "hooks").mkdir()
    (first.path / ".git" / "hooks" / "post-checkout").write_text("#!/bin/sh\nfalse\n")
    bring(first)
    first.leave()
    assert list(root.glob("*")) == list(root.glob(".*")), "no attempt any more, and none to recover"
    later = repo.commit({"a.txt": "four\n", "new/deep": "x\n"})
    mirror.sync(repo.checkout())
    assert [Attempt.renew(mirror, root, later, 1) for _ in range(2)] == [True, False]
    got = Attempt.create(mirror, root, later, "windlass/t2/1")
    fresh = Attempt.create(mirror, tmp_path / "fresh", later, "windlass/t2/1")
    assert looks(got.path) == looks(fresh.path)
    assert (got.path / "src" / "b.py").stat().st_ino == untouched
    assert sorted(place.name for place in got.home.iterdir()) == sorted(
        place.name for place in fresh.home.iterdir()
    )
    (got.path / "new" / "deep").write_text("y\n")
    pack, head = bring(got)
    import_pack(mirror, pack, later, head, ImportBudget())
    assert [change.path for change in mirror.changed(later, head)] == ["new/deep"]


def test_a_tree_that_was_spoiled_or_is_not_wanted_goes(mirror, base, tmp_path):
    root = tmp_path / "attempts"
    spoiled, unwanted = (Attempt.create(mirror, root, base, f"windlass/t{n}/1") for n in range(2))
    (spoiled.path / "src").chmod(0o700)
    spoiled.leave()
    assert Attempt.renew(mirror, root, base, 1)
    assert Attempt.stocked(mirror, root) == 0
    unwanted.leave()
    assert Attempt.renew(mirror, root, base, 0)
    assert Attempt.stocked(mirror, root) == 0


def test_no_more_than_some_lie_there_and_all_are_swept(mirror, base, tmp_path, monkeypatch):
    monkeypatch.setattr(spares, "USED_MAX", 1)
    root = tmp_path / "attempts"
    for number in range(2):
        Attempt.create(mirror, root, base, f"windlass/t{number}/1").leave()
    assert Attempt.sweep(root) == 1
    assert not Attempt.renew(mirror, root, base, 9)
