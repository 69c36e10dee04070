"""A submission reaches a server that shares nothing but the database with the one that took it in."""

from dataclasses import replace

import pytest

from windlass import dispatch
from windlass.dispatch import packs, work_once
from windlass.dispatch.packs import bring, bring_commit
from windlass.kernel import Unavailable
from windlass.workspace import Author, Mirror

AUTHOR = Author("w", "w@localhost")


@pytest.fixture
def pg_place(make_place, postgres):
    return make_place(postgres)


@pytest.fixture
def other(pg_place, tmp_path):
    """The same repository, tended by a server with a home of its own."""
    mirror = Mirror.create(tmp_path / "other")
    mirror.sync(pg_place.site.checkout)
    return replace(pg_place.site, mirror=mirror, node="n2")


def submitted(place) -> dispatch.Submission:
    task_id = place.desk.file(base=place.base)
    worked = work_once(place.site, "w1")
    assert worked is not None
    return place.site.database.read(lambda tx: dispatch.submission(tx, task_id, worked.fence))


def test_another_server_gets_the_very_commit_pinned(pg_place, other) -> None:
    offer = submitted(pg_place)
    assert not other.mirror.exists(offer.commit)
    bring(other, offer)
    assert other.mirror.ref(f"refs/windlass/submissions/{offer.task_id}/{offer.fence}") == offer.commit
    assert other.mirror.tree_of(offer.commit) == offer.tree
    bring(other, offer)  # twice is once


def test_work_that_stands_on_other_work_is_brought_with_all_below_it(pg_place, other, tmp_path) -> None:
    first = submitted(pg_place)
    mirror = pg_place.site.mirror
    tree = mirror.write_tree({"src/a.py": b"import sys\n", "README.md": b"new\n"})
    second = mirror.commit(tree, [first.commit], "on top", AUTHOR, 1.0)
    pack = tmp_path / "second.pack"
    with pack.open("wb") as file:
        mirror.git.run(
            "pack-objects", "--revs", "--thin", "--stdout", "-q",
            stdin=f"{second}\n^{first.commit}\n".encode(), stdout=file,
        )  # fmt: skip
    packs.keep(pg_place.site, second, first.commit, pack)
    bring_commit(other, second)
    assert other.mirror.is_ancestor(first.commit, second)


def test_what_main_has_meanwhile_needs_no_pack(pg_place, other) -> None:
    (pg_place.repository / "new.txt").write_text("x")
    pg_place.git("add", "-A")
    pg_place.git("commit", "-q", "-m", "second")
    head = pg_place.git("rev-parse", "HEAD")
    bring_commit(other, head)
    assert other.mirror.exists(head)


def test_a_commit_that_nobody_kept_is_said_to_be_missing(pg_place, other) -> None:
    with pytest.raises(Unavailable, match="neither in this server's mirror"):
        bring_commit(other, "b" * 40)


def test_a_kept_pack_that_was_tampered_with_is_not_believed(pg_place, other) -> None:
    offer = submitted(pg_place)
    pg_place.site.database.write(lambda tx: tx.execute("UPDATE wl_pack SET pack = :p", p=b"PACKnonsense"))
    with pytest.raises(Unavailable, match="not sound"):
        bring(other, offer)
    assert not other.mirror.exists(offer.commit)


def test_on_sqlite_nothing_is_kept_twice(lite_place) -> None:
    submitted(lite_place)
    assert lite_place.site.database.read(lambda tx: tx.scalar("SELECT count(*) FROM wl_pack")) == 0
