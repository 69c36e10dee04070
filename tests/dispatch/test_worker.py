"""One attempt on real git, in the real sandbox."""

import json
from pathlib import Path

from windlass import dispatch
from windlass.dispatch import Job, Lease, Outcome, RunnerSpec, TaskStatus, records, state, work_once


def command(script: str, **more: object) -> RunnerSpec:
    return RunnerSpec("command", {"command": ["/bin/sh", "-c", script], **more})


def test_the_mechanic_fixes_and_submits_a_pinned_commit(place) -> None:
    before = place.site.checkout.fingerprint()
    task_id = place.desk.file(base=place.base)
    worked = work_once(place.site, "w1")
    assert worked is not None
    assert (worked.outcome, worked.status) == (Outcome.SUBMITTED, TaskStatus.REVIEW_NEEDED), worked
    offer = place.site.database.read(lambda tx: dispatch.submission(tx, task_id, 1))
    assert (offer.files, offer.base, offer.sandbox) == (("src/a.py",), place.base, "bwrap")
    assert place.site.mirror.ref(f"refs/windlass/submissions/{task_id}/1") == offer.commit
    assert b"-import os\n" in place.site.mirror.patch(place.base, offer.commit)
    assert place.started.keys == {f"verify:{task_id}:1": ("verify", {"task": task_id, "fence": 1})}
    assert place.site.checkout.fingerprint() == before
    assert leftovers(place.site.folders.attempts) == []
    [attempt] = place.site.database.read(lambda tx: records.attempts(tx, task_id))
    assert (attempt.sandbox, attempt.outcome) == ("bwrap", Outcome.SUBMITTED)
    assert work_once(place.site, "w1") is None


def leftovers(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_change_outside_the_task_is_refused_and_the_reason_is_fed_back(lite_place) -> None:
    script = 'cp "$WINDLASS_TASK" notes.json; cat > src/a.py; echo x >> src/b.py'
    site = lite_place.runners(rogue=command(script))
    task_id = lite_place.desk.file(runner="rogue", paths=("src/a.py", "notes.json"), base=lite_place.base)
    worked = work_once(site, "w1")
    assert worked is not None
    assert (worked.outcome, worked.status) == (Outcome.REFUSED, TaskStatus.PENDING)
    assert "src/b.py" in worked.detail
    assert site.mirror.refs("refs/windlass/submissions/") == {}
    site = lite_place.runners(rogue=command('cat > src/a.py; cp "$WINDLASS_TASK" notes.json'))
    worked = work_once(site, "w1")
    assert worked is not None
    assert worked.outcome is Outcome.SUBMITTED, worked
    offer = site.database.read(lambda tx: dispatch.submission(tx, task_id, 2))
    told = dict(
        site.mirror.blobs([e.oid for e in site.mirror.files(offer.tree) if e.path == "notes.json"], 100_000)
    )
    assignment = json.loads(next(iter(told.values())) or b"")
    assert "src/b.py" in assignment["feedback"]
    assert (assignment["attempt"], assignment["fence"], assignment["branch"]) == (
        2,
        2,
        f"windlass/{task_id}/2",
    )


def test_nothing_completes_and_cannot_blocks_with_the_reason(lite_place) -> None:
    site = lite_place.runners(
        idle=command("exit 0"), stuck=command('echo \'{"outcome": "cannot", "detail": "ask ada"}\''),
        broken=command("echo oh >&2; exit 3"),
    )  # fmt: skip
    expected = {
        "idle": (Outcome.NOTHING, TaskStatus.COMPLETED),
        "stuck": (Outcome.CANNOT, TaskStatus.BLOCKED),
        "broken": (Outcome.FAILED, TaskStatus.PENDING),
    }
    for name, wanted in expected.items():
        task_id = lite_place.desk.file(runner=name, base=lite_place.base, wsjf=9)
        worked = work_once(site, "w1")
        assert worked is not None
        assert (worked.task_id, worked.outcome, worked.status) == (task_id, *wanted), worked
    assert lite_place.desk.task(task_id - 1).note == "ask ada"
    assert "oh" in lite_place.desk.task(task_id).note


def test_what_an_agent_keeps_lasts_until_its_task_has_ended(lite_place) -> None:
    """It is kept while the task may be tried again, and is gone with the end of the last attempt."""
    site = lite_place.runners(broken=command("exit 3"))
    task_id = lite_place.desk.file(runner="broken", base=lite_place.base, attempts_max=2)
    lease = Lease(task_id, 1, "w1", "n1", 0.0)
    folder = state.place(site.folders.attempts, Job(lease, "broken", None))  # type: ignore[arg-type]  # not looked at
    (folder / "home").mkdir(parents=True)
    (folder / "home/session").touch()
    for kept, status in ((True, TaskStatus.PENDING), (False, TaskStatus.FAILED)):
        worked = work_once(site, "w1")
        assert worked is not None
        assert (worked.status, folder.exists()) == (status, kept)


def test_a_lost_lease_stops_the_work_and_submits_nothing(lite_place) -> None:
    """The runner would take a minute; somebody cancels its task; the run is over at the next renewal."""
    site = lite_place.runners(slow=command("echo done >> src/a.py; sleep 60"))
    task_id = lite_place.desk.file(runner="slow", base=lite_place.base)

    import threading
    import time

    def cancel_soon() -> None:
        while lite_place.desk.status(task_id) is not TaskStatus.IN_PROGRESS:
            time.sleep(0.05)
        lite_place.desk.cancel(task_id)

    other = threading.Thread(target=cancel_soon)
    other.start()
    began = time.monotonic()
    worked = work_once(site, "w1", ttl_s=3.0)
    other.join()
    assert worked is not None
    assert (worked.outcome, worked.status) == (Outcome.LOST, None)
    assert time.monotonic() - began < 20
    assert lite_place.desk.status(task_id) is TaskStatus.CANCELLED
    assert site.mirror.refs("refs/windlass/submissions/") == {}
    assert lite_place.started.keys == {}
    assert leftovers(site.folders.attempts) == []
