"""Agents that lie, break, hang, flood and dig: each ends typed, in time, on record, and leaves nothing."""

import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.dispatch.test_worker import command

from windlass.agents import preset_named
from windlass.agents.preset import parse_preset
from windlass.app.programs import scripted
from windlass.dispatch import Job, Outcome, RunnerSpec, bounds, records, snapshots, work_once
from windlass.dispatch.box import Kit
from windlass.dispatch.budget import Budget, Counter
from windlass.dispatch.records import budgets
from windlass.dispatch.state import STATE
from windlass.kernel import FixedClock
from windlass.meter import Account, DurableLedger, Line, Meter, Provider
from windlass.meter import Protocol as Spoken
from windlass.meter.line import Limits
from windlass.sandbox import Door
from windlass.scripted import Fault, FaultKind, Run, Script, serving

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
    """Files, but for what is kept on purpose: what no commit could be made of, and the agents' sessions."""
    kept = {".aside", STATE}
    return [str(path) for path in root.rglob("*") if not kept.intersection(path.parts) and path.is_file()]


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


@pytest.mark.slow  # gigabytes are written; the test above does the same on a smaller scale
def test_one_that_would_write_ten_gigabytes_is_stopped_at_the_bound_on_all_its_files(lite_place) -> None:
    write = "mkdir d$n; head -c 1073741824 /dev/zero > d$n/f"
    script = f"for n in 1 2 3 4 5 6 7 8 9 10; do {write}; done; sleep 600"
    site = lite_place.runners(bad=command(script, timeout_s=LATE_S))
    task_id = lite_place.desk.file(runner="bad", base=lite_place.base)
    most, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            bytes_, _ = bounds.weigh(site.folders.attempts, bytes_max=1 << 40, entries_max=1 << 40)
            most[0] = max(most[0], bytes_)

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    began = time.monotonic()
    try:
        worked = work_once(site, "w1")
    finally:
        over.set()
        watching.join()
    print(f"at most {most[0] >> 20} MiB, for {time.monotonic() - began:.1f} s")
    assert time.monotonic() - began < LATE_S
    assert worked is not None
    assert worked.outcome is Outcome.FAILED
    assert "it wrote more than 2048 MiB into its work tree" in worked.detail
    assert bounds.GROWTH_MAX < most[0] < 10 << 30
    assert left(site.folders.attempts) == []
    [attempt] = site.database.read(lambda tx: records.attempts(tx, task_id))
    assert attempt.outcome is Outcome.FAILED


HOUR_S = 3600.0
PORT = 8701


@pytest.fixture(scope="module")
def meter() -> Iterator[Meter]:
    with Meter() as opened:
        yield opened


def metered(site: Any, meter: Meter, url: str, **more: Any) -> Kit:
    """Boxes with a model behind the meter, which puts the cost on record."""

    def doors(job: Job) -> Mapping[str, Door]:
        ledger = DurableLedger(site.database, Account(1, job.lease.task_id, job.lease.fence, job.runner))
        limits = Limits(tries_max=1, first_byte_s=0.5)
        line = Line(Provider("scripted", url, frozenset({Spoken.CHAT})), ledger, limits=limits)
        return {"model": Door(PORT, partial(meter.open, line), fault=line.latest.fault)}

    return Kit(doors, {"scripted": scripted()}, **more)


BODY = '{"model": "m", "stream": true, "messages": [{"role": "user", "content": "x"}]}'
HEAD = (
    "POST /v1/chat/completions HTTP/1.1", f"Host: 127.0.0.1:{PORT}", "Connection: close",
    "Content-Type: application/json", f"Content-Length: {len(BODY)}", "", "",
)  # fmt: skip
LIAR = f"""
exec 3<>/dev/tcp/127.0.0.1/{PORT}; printf '%s\r\n' {" ".join(f"'{line}'" for line in HEAD[:-1])} >&3
printf %s '{BODY}' >&3; cat <&3 >/dev/null
echo '{{"event": "failed", "text": "Unable to connect. Is the computer able to access the url?"}}'
"""
"""An agent that asks its model once and, whatever comes of it, says what others say of a lost network."""


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        (Fault(FaultKind.STATUS, status=401), "auth"), (Fault(FaultKind.STATUS, status=429), "rate-limited"),
        (Fault(FaultKind.STATUS), "server-error"), (Fault(FaultKind.REFUSED), "unreachable"),
        (Fault(FaultKind.SLOW, after_s=600.0), "slow"), (Fault(FaultKind.DROP), "cut"),
        (Fault(FaultKind.CUT), "cut"), (Fault(FaultKind.GARBAGE), "cut"),
    ],
)  # fmt: skip
def test_of_a_model_that_fails_the_meter_tells_how_whatever_the_agent_says(
    lite_place, meter: Meter, fault: Fault, end: str
) -> None:
    preset = parse_preset("liar", {
        "about": "a liar", "protocol": "command", "program": "scripted", "install": {"from": "windlass"},
        "speaks": "openai-chat", "parser": "lines", "command": ["/bin/bash", "-c", LIAR],
    })  # fmt: skip
    with serving(Script(faults=(fault,))) as url:
        site = lite_place.runners(bad=RunnerSpec("agent", {"preset": preset, "model": "m"}))
        site = replace(site, kit=metered(site, meter, url))
        task_id = lite_place.desk.file(runner="bad", base=lite_place.base)
        worked = work_once(site, "w1")
    assert worked is not None
    assert worked.outcome is Outcome.FAILED
    assert worked.detail.startswith(f"{end}: "), worked
    assert "; the agent: unreachable: Unable to connect" in worked.detail
    [attempt] = site.database.read(lambda tx: records.attempts(tx, task_id))
    assert (attempt.outcome, attempt.detail) == (Outcome.FAILED, worked.detail)
    assert left(site.folders.attempts) == []


@pytest.mark.parametrize(("kind", "preset"), [("agent", "scripted"), ("acp", "scripted-acp")])
def test_an_hour_without_a_word_ends_the_turn_and_the_cost_is_on_record(
    lite_place, meter: Meter, kind: str, preset: str
) -> None:
    """The hour is the clock's; the silent program, its box, its model and the meter are real."""
    steady, mark, over = FixedClock(), f"wl-silent-{uuid.uuid4().hex}", threading.Event()
    settings = {
        "preset": preset_named(preset), "model": "m", "idle_s": HOUR_S, "timeout_s": 1e6 * HOUR_S,
        **({"allow": ("execute", "other")} if kind == "acp" else {}),
    }  # fmt: skip

    def let_hours_pass() -> None:
        """As soon as it is silent; its last word may still be on its way when the first hour is over."""
        while not over.wait(0.5):
            steady.advance(HOUR_S if processes(mark) else 0.0)

    with serving(Script((Run(f"sleep 86400; : {mark}"),))) as url:
        site = lite_place.runners(bad=RunnerSpec(kind, settings))
        site = replace(site, kit=metered(site, meter, url, steady=steady))
        task_id = lite_place.desk.file(runner="bad", base=lite_place.base)
        began = time.monotonic()
        threading.Thread(target=let_hours_pass, daemon=True).start()
        try:
            worked = work_once(site, "w1")
        finally:
            over.set()
    assert time.monotonic() - began < LATE_S
    assert worked is not None
    assert worked.outcome is Outcome.FAILED
    assert worked.detail.startswith("idle: no sign of life for 3600 s"), worked
    assert processes(mark) == set()
    [attempt] = site.database.read(lambda tx: records.attempts(tx, task_id))
    assert (attempt.outcome, attempt.detail) == (Outcome.FAILED, worked.detail)
    spent = site.database.read(lambda tx: DurableLedger.of_attempts(tx, task_id, [attempt.fence]))
    assert spent[attempt.fence].requests >= 1  # one that is told to stop may have asked again
    assert spent[attempt.fence].tokens > 0
    assert left(site.folders.attempts) == []
