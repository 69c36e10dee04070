"""What a worker hands in is checked at one door, wherever the worker is."""

import pytest

from windlass.dispatch import Made, Refusal, Submission, take_in
from windlass.workspace import Author

AUTHOR = Author("w", "w@localhost")
A = b"import sys\n\n\ndef path() -> str:\n    return sys.executable\n"


def made(place, tmp_path, files) -> Made:
    """A pack of a commit that holds `files` instead of some of the base's."""
    mirror, base = place.site.mirror, place.base
    known = {entry.path: entry.oid for entry in mirror.files(mirror.tree_of(base))}
    blobs = dict(mirror.blobs(known.values(), 10_000))
    tree = mirror.write_tree({**{path: blobs[oid] for path, oid in known.items()}, **files})
    head = mirror.commit(tree, [base], "work", AUTHOR, 1.0)
    pack = tmp_path / "made.pack"
    with pack.open("wb") as file:
        mirror.git.run(
            "pack-objects", "--revs", "--thin", "--stdout", "-q", stdin=f"{head}\n^{base}\n".encode(),
            stdout=file,
        )  # fmt: skip
    return Made(base, head, pack, "done")


def test_a_sound_result_is_pinned_and_may_come_twice(place, tmp_path) -> None:
    place.desk.file(base=place.base)
    _, lease = place.desk.take()
    work = made(place, tmp_path, {"src/a.py": A})
    for _ in range(2):
        found = take_in(place.site, lease, work, paths=("src/a.py",), sandbox="bwrap")
        assert isinstance(found, Submission)
        assert (found.commit, found.files, found.base, found.note) == (
            work.head, ("src/a.py",), place.base, "done",
        )  # fmt: skip
        assert place.site.mirror.ref(lease.pin) == work.head


def test_a_second_result_of_one_attempt_replaces_the_first(lite_place, tmp_path) -> None:
    lite_place.desk.file(base=lite_place.base)
    _, lease = lite_place.desk.take()
    for content in (A, A + b"\n"):
        work = made(lite_place, tmp_path, {"src/a.py": content})
        take_in(lite_place.site, lease, work, paths=("src/",), sandbox="bwrap")
        assert lite_place.site.mirror.ref(lease.pin) == work.head


@pytest.mark.parametrize("name", ["src/b.py", "other.txt"])
def test_a_change_outside_the_task_is_refused_and_leaves_no_pin(lite_place, tmp_path, name: str) -> None:
    lite_place.desk.file(base=lite_place.base)
    _, lease = lite_place.desk.take()
    work = made(lite_place, tmp_path, {"src/a.py": A, name: b"x\n"})
    found = take_in(lite_place.site, lease, work, paths=("src/a.py",), sandbox="bwrap")
    assert isinstance(found, Refusal)
    assert name in found.detail
    assert lite_place.site.mirror.ref(lease.pin) is None


def test_something_that_is_no_pack_is_refused(lite_place, tmp_path) -> None:
    lite_place.desk.file(base=lite_place.base)
    _, lease = lite_place.desk.take()
    file = tmp_path / "x"
    file.write_bytes(b"hello")
    found = take_in(
        lite_place.site, lease, Made(lite_place.base, "c" * 40, file), paths=("src/a.py",), sandbox="bwrap"
    )
    assert isinstance(found, Refusal)
    assert "bad-pack" in found.detail
