"""Agents that lie, break, hang, flood and dig: each ends typed, in time, on record, and leaves nothing."""

import time
import uuid
from pathlib import Path

import pytest
from tests.dispatch.test_worker import command

from windlass.dispatch import Outcome, bounds, records, snapshots, work_once
from windlass.dispatch.budget import Budget, Counter
from windlass.dispatch.records import budgets

LATE_S = 100.0
"""Far beyond what any of them needs; a deadline of a test, not of the product."""


def processes(mark: str) -> set[int]:
    """Those that carry the mark of one test; others run beside it."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark.encode() in (entry / "cmdline").read_bytes():
                found.add(int(entry.name))
        except OSError:
            continue
    return found


def left(root: Path) -> list[str]:
    return [str(path) for path in root.rglob("*") if ".aside" not in path.parts and path.is_file()]


FAULTS = {
    "says fixed and did nothing": ("echo '{\"outcome\": \"changed\"}'", Outcome.NOTHING),
    "exits 0 without a word": ("exit 0", Outcome.NOTHING),
    "exits 0 and says that it failed": ("echo '{\"outcome\": \"failed\"}'", Outcome.FAILED),
    "2 MB of errors": ("head -c 2000000 /dev/zero | tr '\\0' e >&2; exit 1", Outcome.FAILED),
    "20 MB of output": ("head -c 20000000 /dev/zero | tr '\\0' o; exit 1", Outcome.FAILED),
    "a fork bomb": ("f() { f MARK | f & }; f 2>/dev/null; sleep 1; exit 1", Outcome.FAILED),
    "orphans that go on": (
        "(setsid sh -c ': MARK; sleep 600' </dev/null >/dev/null 2>&1 &) ; exit 1", Outcome.FAILED,
    ),
    "ignores SIGTERM": ("trap '' TERM INT HUP; : MARK; while :; do sleep 1; done", Outcome.FAILED),
    "reads for ever": ("cat >/dev/null; exec 0</dev/zero; cat >/dev/null; : MARK", Outcome.FAILED),
    "deletes its work tree": ("rm -rf -- * .git .[!.]* 2>/dev/null; exit 1", Outcome.REFUSED),
    "fills /tmp": ("head -c 2000000000 /dev/zero > /tmp/fill; exit 1", Outcome.FAILED),
    "dies by a signal": ("kill -SEGV $$", Outcome.FAILED),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_it_ends_typed_on_record_and_leaves_nothing(lite_place, fault: str) -> None:
    script, outcome = FAULTS[fault]
    mark = f"wl-fault-{uuid.uuid4().hex}"
    site = lite_place.runners(bad=command(f": {mark}; {script.replace('MARK', mark)}", timeout_s=2.5))
    task_id = lite_place.desk.file(runner="bad", base=lite_place.base)
    began = time.monotonic()
    worked = work_once(site, "w1")
    assert time.monotonic() - began < LATE_S
    assert worked is not None
    assert worked.outcome is outcome, worked
    assert processes(mark) == set()
    assert str(site.folders.attempts) not in Path("/proc/self/mounts").read_text()
    assert left(site.folders.attempts) == []
    [attempt] = site.database.read(lambda tx: records.attempts(tx, task_id))
    assert attempt.outcome is outcome
    used = site.database.read(lambda tx: budgets.task_standing(tx, task_id, Budget(), tx.now())).used
    assert used[Counter.TURNS] == 1
    assert used[Counter.FAILURES] == (outcome is not Outcome.NOTHING)


def test_a_tree_that_grows_without_end_is_stopped_and_what_fits_is_kept(
    lite_place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "GROWTH_MAX", 8 << 20)
    script = "n=0; while :; do n=$((n+1)); head -c 1000000 /dev/urandom > f$n; sleep 0.05; done"
    site = lite_place.runners(bad=command(script))
    task_id = lite_place.desk.file(runner="bad", base=lite_place.base)
    worked = work_once(site, "w1")
    assert worked is not None
    assert worked.outcome is Outcome.FAILED, worked
    assert "it wrote more than 8 MiB into its work tree" in worked.detail
    assert len(snapshots.of_task(site.mirror, task_id)) == 1
    assert left(site.folders.attempts) == []
