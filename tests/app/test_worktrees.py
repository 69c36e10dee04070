"""Worktrees by name: made whole, kept before they go, never the user's own checkout."""

import subprocess

import pytest
from tests.app.shop import Bench, Shop, bench

from windlass import dispatch
from windlass.app.worktrees import SNAPSHOTS, Worktrees
from windlass.app.yard import Yard
from windlass.dispatch import TaskStatus
from windlass.kernel import Conflict, Invalid, NotFound
from windlass.store import Started


@pytest.fixture
def at(shop: Shop) -> Bench:
    return bench(shop.open(), Started())


@pytest.fixture
def yard(at: Bench) -> Yard:
    return Yard(at.plant)


def content(at: Bench, commit: str, path: str) -> bytes | None:
    oids = [entry.oid for entry in at.plant.mirror.files(commit) if entry.path == path]
    return dict(at.plant.mirror.blobs(oids, 1_000_000))[oids[0]] if oids else None


def test_a_worktree_begins_at_main_and_is_kept_before_it_goes(at: Bench, yard: Yard, shop: Shop) -> None:
    before = at.plant.checkout.fingerprint()
    made = yard.create("idea", task=None, start=None, by="ann")
    assert (made.path / "shop" / "part_0.py").read_text().startswith("import os")
    assert yard.worktrees.all() == [made]
    (made.path / "new.txt").write_text("mine\n")
    kept = yard.worktrees.remove("idea", force=False)
    assert kept == f"{SNAPSHOTS}idea/1"
    assert content(at, at.plant.mirror.ref(kept) or "", "new.txt") == b"mine\n"
    assert (yard.worktrees.all(), made.path.exists()) == ([], False)
    again = yard.create("idea", task=None, start=None, by="ann")
    assert not (again.path / "new.txt").exists()
    (again.path / "new.txt").write_text("again\n")
    assert yard.worktrees.remove("idea", force=False) == f"{SNAPSHOTS}idea/2"
    assert at.plant.checkout.fingerprint() == before


def test_what_is_unchanged_leaves_nothing_and_another_one_begins_from_any(at: Bench, yard: Yard) -> None:
    one = yard.create("one", task=None, start=None, by="ann")
    (one.path / "new.txt").write_text("1\n")
    two = yard.create("two", task=None, start="one", by="ann")
    assert (two.path / "new.txt").read_text() == "1\n"
    assert yard.worktrees.remove("two", force=False) == ""
    assert b"+1" in yard.diff("main", "one")
    assert yard.create("three", task=None, start="main", by="ann").base == one.base
    with pytest.raises(Invalid, match="no worktree, task, branch or commit"):
        yard.create("four", task=None, start="nothing", by="ann")


@pytest.mark.parametrize("name", ["1", "a/b", "-a", "..", "a" * 41, "a b"])
def test_names_are_plain(yard: Yard, name: str) -> None:
    with pytest.raises(Invalid, match="no name for a worktree"):
        yard.create(name, task=None, start=None, by="ann")


def test_a_name_is_there_once_and_is_known_or_not(yard: Yard) -> None:
    yard.create("one", task=None, start=None, by="ann")
    with pytest.raises(Conflict, match="'one' exists"):
        yard.create("one", task=None, start=None, by="ann")
    for call in (lambda: yard.worktrees.remove("two", force=True), lambda: yard.worktrees.named("two")):
        with pytest.raises(NotFound, match="'two'"):
            call()
    with pytest.raises(NotFound, match="no task 7"):
        yard.create("", task=7, start=None, by="ann")


def test_one_for_a_task_is_offered_through_the_door_of_any_worker(at: Bench, yard: Yard) -> None:
    task = at.file("shop/part_0.py")
    made = yard.create("", task=task, start=None, by="ann")
    assert (made.name, made.task) == (f"task-{task}", task)
    with pytest.raises(Conflict, match="nothing is changed"):
        yard.worktrees.hand_in(made.name, by="ann")
    (made.path / "elsewhere.py").write_text("X = 1\n")
    with pytest.raises(Conflict, match="changed files outside its task: elsewhere"):
        yard.worktrees.hand_in(made.name, by="ann")
    assert (at.task(task).status, at.task(task).attempt) == (TaskStatus.PENDING, 0)
    (made.path / "elsewhere.py").unlink()
    (made.path / "shop" / "part_0.py").write_text("def total(prices):\n    return sum(prices)\n")
    assert yard.worktrees.hand_in(made.name, by="ann") == task
    assert at.task(task).status is TaskStatus.REVIEW_NEEDED
    offered = at.read(lambda tx: dispatch.submission(tx, task, at.task(task).fence))
    assert offered.files == ("shop/part_0.py",)
    assert at.plant.mirror.ref(dispatch.tries.pin(task, offered.fence)) == offered.commit
    with pytest.raises(Conflict, match="is review_needed and cannot be claimed"):
        yard.worktrees.hand_in(made.name, by="ann")
    yard.create("loose", task=None, start=None, by="ann")
    with pytest.raises(Conflict, match="is for no task"):
        yard.worktrees.hand_in("loose", by="ann")


def test_one_that_is_in_use_stays_unless_forced(at: Bench, yard: Yard) -> None:
    task = at.file("shop/part_0.py")
    made = yard.create("busy", task=task, start=None, by="ann")
    with subprocess.Popen(["sleep", "600"], cwd=made.path) as child:
        with pytest.raises(Conflict, match=f"process {child.pid} works in it"):
            yard.worktrees.remove("busy", force=False)
        child.kill()
    lane = at.task(task).lane
    at.plant.database.write(lambda tx: dispatch.claim(tx, [lane], "w1", "n1", tx.now(), ttl_s=600.0))
    with pytest.raises(Conflict, match=f"w1 works on its task {task}"):
        yard.worktrees.remove("busy", force=False)
    (made.path / "new.txt").write_text("mine\n")
    assert yard.worktrees.remove("busy", force=True) == f"{SNAPSHOTS}busy/1"


def test_what_cannot_be_kept_stays(at: Bench, yard: Yard) -> None:
    made = yard.create("odd", task=None, start=None, by="ann")
    (made.path / "a\\nb\nc").write_text("x\n")
    with pytest.raises(Conflict, match="cannot be kept, so it stays"):
        yard.worktrees.remove("odd", force=True)
    assert made.path.exists()


def test_what_a_crash_left_goes_with_the_next_call(at: Bench, yard: Yard) -> None:
    made = yard.create("one", task=None, start=None, by="ann")
    half = made.path.parent.parent / ".making-dead"
    half.mkdir()
    (half / "attempt").mkdir()
    (made.path.parent / "made.json").unlink()
    (left,) = Worktrees(at.plant, at.site).all()
    assert (left.name, left.task, half.exists()) == ("one", None, False)
