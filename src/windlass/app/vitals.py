"""Whether this server can work, part by part: each measured when it is asked for, or unknown with the reason.

Nothing here is a constant. What windlass does not have yet is unknown and says so; it makes nothing worse.
"""

import math
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from windlass import learn, policy, ratchet, sandbox
from windlass.app import night_log
from windlass.app.doctor import State, judge_disk
from windlass.app.leading import leader
from windlass.app.nodes import BEAT_EVERY_S, BEAT_LOST_S
from windlass.kernel import WindlassError
from windlass.store import Database, Transaction, schema_is_current

SLOW_S: Final = 1.0
"""A read that takes longer means a database in trouble."""
STALE_S: Final = 60.0
"""An expired lease that stands this long was forgotten by every sweep."""
UNSEALED_S: Final = 120.0
SANDBOX_KEPT_S: Final = 300.0
"""The sandbox is tried for real, which takes a tenth of a second; so often is enough."""
RECENT_S: Final = 3600.0
MISSING: Final[Mapping[str, str]] = {
    "canary_deployment_ready": "this version delivers nothing, so there is no canary to be ready",
    "test_suite_reliability": "this version repeats no test run on purpose, so nobody knows",
}
"""What the founding document asks for and this version cannot measure."""


class Status(Enum):
    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"
    UNKNOWN = "unknown"


_WORST: Final = (Status.FAILING, Status.DEGRADED, Status.OK)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing looked at. `seconds`: how long looking took, None where nobody looked at the part itself.

    `value`: what the founding field of this name holds, None where it is unknown.
    """

    name: str
    status: Status
    detail: str
    seconds: float | None = None
    value: bool | float | str | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """One thread that must go round. `idle_s`: since its last round, None before the first."""

    name: str
    idle_s: float | None
    idle_max_s: float
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a server consists of. By repository number: `working`, whether its level lets windlass work, and
    `metrics`, those of its ratchet.
    """

    database: Database
    node: str
    folder: Path
    loops: Callable[[], Sequence[Loop]] = tuple
    working: Mapping[int, bool] = field(default_factory=dict)
    metrics: Mapping[int, Sequence[ratchet.Metric]] = field(default_factory=dict)
    manifest: Path | None = None
    """Of the container its runs are in."""


@dataclass(frozen=True, slots=True)
class Health:
    """Every part; `status` is the worst of them, parts that this version lacks left out."""

    node: str
    at: float
    parts: tuple[Part, ...]

    @property
    def status(self) -> Status:
        """Unknown counts as degraded, except for what is not there yet."""
        found = {_counted(part) for part in self.parts if part.name not in _TOLD}
        return next((status for status in _WORST if status in found), Status.OK)

    def value(self, name: str) -> bool | float | str | None:
        return next((part.value for part in self.parts if part.name == name), None)


_TOLD: Final = frozenset(
    {*MISSING, "autonomous_ready", "auto_merge_rate_7d", "quality_ratchet_status", "pauses", "nights"}
)
"""Parts that tell of work, not of the server."""


class Vitals:
    """Looks at one server. Safe from several threads."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._tried: tuple[float, Part] = (-math.inf, Part("sandbox", Status.UNKNOWN, "not tried yet"))

    def live(self) -> Health:
        """Only what decides whether this server can answer at all."""
        return self._health((("database", self._database), ("node", self._node)))

    def complete(self) -> Health:
        found = self._health(
            (
                ("database", self._database), ("schema", self._schema), ("node", self._node),
                ("loops", self._loops), ("leases", self._leases), ("workflows", self._workflows),
                ("audit", self._audit), ("disk", self._disk), ("sandbox", self._sandbox),
            )
        )  # fmt: skip
        looks = ("auto_merge_rate_7d", self._merged), ("quality_ratchet_status", self._ratchet)
        held = ("leaders", self._leaders), ("pauses", self._pauses), ("nights", self._nights)
        more = self._health((*looks, *held))
        told = tuple(Part(name, Status.UNKNOWN, why) for name, why in MISSING.items())
        parts = (*found.parts, *more.parts)
        return Health(found.node, found.at, (*parts, _ready(parts, self._watched.working), *told))

    def _health(self, looks: Sequence[tuple[str, Callable[[], Part]]]) -> Health:
        parts = tuple(_looked(name, look) for name, look in looks)
        return Health(self._watched.node, time.time(), parts)

    def _database(self) -> Part:
        before = time.monotonic()
        self._watched.database.read(lambda tx: tx.now())
        took = time.monotonic() - before
        status = Status.OK if took <= SLOW_S else Status.DEGRADED
        return Part("database", status, f"answered in {took * 1000:.0f} ms", took)

    def _schema(self) -> Part:
        current = schema_is_current(self._watched.database)
        told = "as new as this code, or newer and fit for it" if current else "older than this code"
        return Part("schema", Status.OK if current else Status.FAILING, told)

    def _node(self) -> Part:
        row = self._watched.database.read(
            lambda tx: tx.row(
                "SELECT state, :now - beat AS age FROM wl_node WHERE id = :id",
                now=tx.now(), id=self._watched.node,
            )
        )  # fmt: skip
        return judge_node(None if row is None else (str(row["state"]), float(row["age"])))

    def _loops(self) -> Part:
        return judge_loops(self._watched.loops())

    def _leases(self) -> Part:
        age = self._scalar("SELECT :now - min(expires_at) FROM wl_lease WHERE expires_at <= :now")
        if age is None or age <= STALE_S:
            return Part("leases", Status.OK, "no lease is long expired")
        return Part("leases", Status.DEGRADED, f"a lease expired {age:.0f} s ago and no sweep has ended it")

    def _workflows(self) -> Part:
        broken = self._scalar(
            "SELECT count(*) FROM wl_event WHERE kind = 'workflow.failed' AND kind <> 'task.claimed'"  # noqa: S608
            f" AND at > :now - {RECENT_S}"
        )
        status = Status.DEGRADED if broken else Status.OK
        return Part("workflows", status, f"{broken:g} broke in the last hour")

    def _audit(self) -> Part:
        age = self._scalar(
            "SELECT :now - min(at) FROM wl_event WHERE seq >"
            " (SELECT coalesce(max(event_seq), 0) FROM wl_audit)"
        )
        if age is None or age <= UNSEALED_S:
            return Part("audit", Status.OK, "the log is sealed up to now")
        return Part("audit", Status.DEGRADED, f"events of the last {age:.0f} s are not sealed")

    def _scalar(self, sql: str) -> float | None:
        found = self._watched.database.read(lambda tx: tx.scalar(sql, now=tx.now()))
        return None if found is None else float(found)

    def _disk(self) -> Part:
        found = judge_disk(shutil.disk_usage(self._watched.folder).free, "the data home")
        words = {State.OK: Status.OK, State.WARN: Status.DEGRADED, State.FAIL: Status.FAILING}
        return Part("disk", words.get(found.state, Status.UNKNOWN), found.seen)

    def _sandbox(self) -> Part:
        at, part = self._tried
        if time.monotonic() - at > SANDBOX_KEPT_S:
            found = sandbox.probe(manifest=self._watched.manifest)
            part = Part("sandbox", Status.OK if found.ok else Status.DEGRADED, found.reason)
            self._tried = (time.monotonic(), part)
        return part

    def _merged(self) -> Part:
        alone, landed = self._watched.database.read(lambda tx: learn.landed_alone(tx, tx.now()))
        if not landed:
            return Part("auto_merge_rate_7d", Status.UNKNOWN, "nothing landed in the last 7 days")
        told = f"{alone} of {landed} landed without a decision in the last 7 days"
        return Part("auto_merge_rate_7d", Status.OK, told, value=alone / landed)

    def _ratchet(self) -> Part:
        found = self._watched.database.read(
            lambda tx: [
                one for number, metrics in self._watched.metrics.items()
                for one in ratchet.standings(tx, number, metrics)
            ]
        )  # fmt: skip
        return judge_ratchet(found)

    def _pauses(self) -> Part:
        found = self._watched.database.read(
            lambda tx: [policy.pauses.held(tx, number) for number in self._watched.working]
        )
        paused = [pause for pause in found if pause is not None]
        if not paused:
            return Part("pauses", Status.OK, "nothing is paused", value=False)
        told = f"{len(paused)} of {len(found)} repositories are paused; {paused[0].told}"
        return Part("pauses", Status.OK, told, value=len(paused) == len(found))

    def _nights(self) -> Part:
        found = self._watched.database.read(
            lambda tx: [line for number in self._watched.working for line in night_log.told(tx, number)]
        )
        if not found:
            return Part("nights", Status.UNKNOWN, "no night was measured yet")
        return Part("nights", Status.OK, " | ".join(found)[:1000])

    def _leaders(self) -> Part:
        def led(tx: Transaction) -> list[int]:
            return [number for number in self._watched.working if leader(tx, number) is None]

        alone = self._watched.database.read(led)
        if not self._watched.working:
            return Part("leaders", Status.DEGRADED, "no repository is under care")
        if alone:
            return Part("leaders", Status.DEGRADED, f"nobody looks for work in {len(alone)} repositories")
        return Part("leaders", Status.OK, "every repository has a node that looks for work")


def judge_ratchet(found: Sequence[ratchet.Standing]) -> Part:
    """Whether what was measured last holds its bounds; unknown where nothing was measured."""
    known = [(one, one.latest) for one in found if one.latest is not None]
    if not known:
        why = "nothing was measured yet: a landing does, or `windlass ratchet enforce`"
        return Part("quality_ratchet_status", Status.UNKNOWN, why)
    broken = [one.metric.name for one, latest in known if not one.holds(latest.value)]
    told = f"{len(known) - len(broken)} of {len(known)} measured metrics hold"
    status, value = (Status.DEGRADED, "failing") if broken else (Status.OK, "passing")
    more = f"; {', '.join(sorted(set(broken)))} does not" if broken else ""
    return Part("quality_ratchet_status", status, told + more, value=value)


def judge_node(row: tuple[str, float] | None) -> Part:
    """A node that is declared dead must end; one whose heart is late may be taken for dead."""
    if row is None:
        return Part("node", Status.FAILING, "this process is not on record as a node")
    state, age = row
    if state != "live":
        return Part("node", Status.FAILING, f"this node is {state}")
    if age > BEAT_LOST_S:
        return Part("node", Status.FAILING, f"its last heartbeat is {age:.0f} s old; others may bury it")
    if age > 2 * BEAT_EVERY_S:
        return Part("node", Status.DEGRADED, f"its last heartbeat is {age:.0f} s old")
    return Part("node", Status.OK, f"its last heartbeat is {max(age, 0):.1f} s old")


def judge_loops(loops: Sequence[Loop]) -> Part:
    """Every thread goes round and none met trouble."""
    bad = [f"{one.name}: {one.trouble}" for one in loops if one.trouble]
    bad += [
        f"{one.name}: went round {one.idle_s:.0f} s ago" if one.idle_s is not None else f"{one.name}: not yet"
        for one in loops
        if not one.trouble and (one.idle_s is None or one.idle_s > one.idle_max_s)
    ]
    if bad:
        return Part("loops", Status.DEGRADED, "; ".join(bad)[:1000])
    if not loops:
        return Part("loops", Status.UNKNOWN, "this process says nothing about its threads")
    return Part("loops", Status.OK, f"{len(loops)} go round")


def _looked(name: str, look: Callable[[], Part]) -> Part:
    """One part; what cannot be looked at is failing or unknown, and never hides the others."""
    before = time.monotonic()
    try:
        found = look()
    except (WindlassError, OSError) as error:
        status = Status.FAILING if name in ("database", "schema", "node") else Status.UNKNOWN
        found = Part(name, status, str(error))
    return Part(found.name, found.status, found.detail, time.monotonic() - before, found.value)


def _counted(part: Part) -> Status:
    return Status.DEGRADED if part.status is Status.UNKNOWN else part.status


def _ready(parts: Sequence[Part], working: Mapping[int, bool]) -> Part:
    """Whether work can be found, done, checked and landed with nobody there."""
    name = "autonomous_ready"
    unknown = [part.name for part in parts if part.status is Status.UNKNOWN and part.name not in _TOLD]
    bad = [f"{p.name}: {p.detail}" for p in parts if p.status in _WORST[:2]]
    if working and not any(working.values()):
        bad.append("every repository is only watched")
    bad += [f"every repository is paused: {p.detail}" for p in parts if p.name == "pauses" and p.value]
    if bad:
        return Part(name, Status.OK, "; ".join(bad)[:1000], value=False)
    if unknown:
        return Part(name, Status.UNKNOWN, f"not known: {', '.join(unknown)}")
    return Part(name, Status.OK, "every part works", value=True)
