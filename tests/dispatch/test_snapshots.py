"""What an attempt leaves is a commit of ours, or a folder, or is said to be gone; never silently lost."""

import json
import os
import threading

import pytest
from tests.dispatch.test_worker import command, leftovers

from windlass.dispatch import Outcome, recover, snapshots, work_once
from windlass.dispatch.snapshots import OF_TASK_MAX, REFS, save
from windlass.workspace import Attempt


def attempt(place, task_id: int, fence: int = 1) -> Attempt:
    branch = f"windlass/{task_id}/{fence}"
    return Attempt.create(place.site.mirror, place.site.folders.attempts, place.base, branch)


def kept(place, made: Attempt) -> str:
    return save(place.site.launcher, made, place.site.author, at=5.0, why="for a test")


def content(place, commit: str, path: str) -> bytes | None:
    oids = [entry.oid for entry in place.site.mirror.files(commit) if entry.path == path]
    return dict(place.site.mirror.blobs(oids, 1_000_000))[oids[0]] if oids else None


def test_what_an_attempt_left_is_kept_and_the_next_one_is_told(lite_place) -> None:
    site = lite_place.runners(half=command("echo half >> src/a.py; echo n > new.txt; exit 3"))
    task_id = lite_place.desk.file(runner="half", base=lite_place.base)
    worked = work_once(site, "w1")
    assert worked is not None
    [(fence, commit)] = snapshots.of_task(site.mirror, task_id).items()
    assert (fence, worked.outcome) == (1, Outcome.REFUSED)
    assert commit in worked.detail
    assert content(lite_place, commit, "new.txt") == b"n\n"
    assert leftovers(site.folders.attempts) == []
    look = """sed -n 's/.*"snapshot": "\\(.*\\)".*/\\1/p' src/a.py"""
    script = f'cat "$WINDLASS_TASK" > src/a.py; git cat-file -e "$({look})"'
    site = lite_place.runners(half=command(script))
    again = work_once(site, "w1")
    assert again is not None
    assert again.outcome is Outcome.SUBMITTED, again
    told = content(lite_place, site.mirror.ref(f"refs/windlass/submissions/{task_id}/2"), "src/a.py")
    assert json.loads(told or b"{}")["snapshot"] == commit


def test_a_refused_result_is_kept_and_a_submission_and_no_change_are_not(lite_place) -> None:
    site = lite_place.runners(
        rogue=command("echo x > other.txt"), idle=command("exit 0"), good=command("echo '# ok' >> src/a.py")
    )
    expected = {"rogue": Outcome.REFUSED, "idle": Outcome.NOTHING, "good": Outcome.SUBMITTED}
    for name, outcome in expected.items():
        task_id = lite_place.desk.file(runner=name, base=lite_place.base, attempts_max=1)
        worked = work_once(site, "w1")
        assert worked is not None
        assert worked.outcome is outcome
        assert len(snapshots.of_task(site.mirror, task_id)) == (name == "rogue")


def test_a_lease_that_is_lost_costs_no_work(lite_place) -> None:
    task_id = lite_place.desk.file(runner="slow", base=lite_place.base)
    site = lite_place.runners(slow=command("echo begun > src/a.py; sleep 600"))
    found = []
    thread = threading.Thread(target=lambda: found.append(work_once(site, "w1")))
    thread.start()
    tree = site.folders.attempts / f"{task_id}.1" / "tree" / "src" / "a.py"
    while not (tree.exists() and tree.read_text() == "begun\n"):
        assert thread.is_alive()
        thread.join(0.05)
    lite_place.desk.cancel(task_id)
    thread.join(120)
    assert found[0].outcome is Outcome.LOST
    [commit] = snapshots.of_task(site.mirror, task_id).values()
    assert content(lite_place, commit, "src/a.py") == b"begun\n"


def test_what_a_killed_process_left_is_kept_at_the_next_start_once(lite_place) -> None:
    task_id = lite_place.desk.file(base=lite_place.base)
    made = attempt(lite_place, task_id)
    (made.path / "src" / "b.py").write_text("unfinished\n")
    attempt(lite_place, task_id, 2)  # nothing was done here
    [told] = recover(lite_place.site, lite_place.site.clock()).saved
    [commit] = snapshots.of_task(lite_place.site.mirror, task_id).values()
    assert commit in told
    assert content(lite_place, commit, "src/b.py") == b"unfinished\n"
    assert recover(lite_place.site, lite_place.site.clock()).saved == ()
    assert leftovers(lite_place.site.folders.attempts) == []


def test_a_tree_that_cannot_be_committed_is_set_aside(lite_place) -> None:
    made = attempt(lite_place, 7)
    (made.path / "a\nb").write_text("no such name may come in")
    told = kept(lite_place, made)
    [folder] = snapshots.kept_folders(lite_place.site.folders.attempts, 7)
    assert str(folder) in told
    assert (folder / "tree" / "a\nb").exists()
    assert snapshots.of_task(lite_place.site.mirror, 7) == {}
    made.remove()
    assert folder.exists()


def test_what_is_too_large_for_that_too_is_said_to_be_lost(
    lite_place, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = attempt(lite_place, 7)
    os.mkfifo(made.path / "pipe")
    (made.path / "a\nb").write_text("x")
    monkeypatch.setattr(snapshots, "ASIDE_ENTRIES_MAX", 1)
    assert "are lost, they are too many to keep" in kept(lite_place, made)


def test_an_agents_own_git_and_hooks_have_no_say(lite_place) -> None:
    made = attempt(lite_place, 7)
    (made.path / ".git" / "config").write_text("[core]\n\thooksPath = /evil\n\tfsmonitor = touch /tmp/evil\n")
    (made.path / ".git" / "HEAD").write_text("nonsense")
    (made.path / "new.txt").write_text("kept\n")
    assert "its unfinished files are commit" in kept(lite_place, made)


def test_only_the_newest_few_of_a_task_are_kept_and_one_attempt_once(lite_place) -> None:
    for fence in range(1, OF_TASK_MAX + 3):
        made = attempt(lite_place, 7, fence)
        lite_place.site.mirror.set_ref(f"{REFS}7/{fence}", lite_place.base, expected=None)
        assert kept(lite_place, made) == ""
        made.remove()
    last = attempt(lite_place, 7, 99)
    (last.path / "new.txt").write_text("x")
    kept(lite_place, last)
    found = snapshots.of_task(lite_place.site.mirror, 7)
    assert (len(found), max(found)) == (OF_TASK_MAX, 99)
