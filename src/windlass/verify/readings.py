"""Get one reading: from the evidence if it is known, else by running the check and keeping the result."""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from windlass.kernel import Denied, Tools, WindlassError
from windlass.sandbox import Limits, as_run
from windlass.store import Transaction
from windlass.verify.check import CHECKS, Check, Scene
from windlass.verify.lab import Lab, Starting
from windlass.verify.lines import some_lines
from windlass.verify.mapping import NO_REACH, keep_reach, recording
from windlass.verify.model import ALLOWED_S, CASES_MAX, OUTSIDE, TIMED_OUT, Evidence, Outcome, Reading
from windlass.verify.records import evidence, keep
from windlass.verify.site import Site

LOCKS: Final = 4096
TOO_MANY: Final = f"more than {CASES_MAX} test cases"
LEAST_S: Final = 1.0
"""With less time than this nothing is started."""
BELIEVED_S: Final = 24 * 3600.0
"""How long a timeout is taken as known: the machine may have been busy."""
MORE: Final = 1.25
"""With this many times the seconds it once had, a check that timed out deserves another try."""


@dataclass(slots=True)
class Deadline:
    """A moment of the monotonic clock that moves on while we wait for others."""

    at: float

    @classmethod
    def within(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds until then, negative afterwards."""
        return self.at - time.monotonic()

    def extend(self, seconds: float) -> None:
        self.at += seconds


@dataclass(frozen=True)
class Planned:
    """One check as it will run: `only` narrows it (paths or tests); which ones is part of its identity, not
    in which order. `further`: it runs what is kept out of the run of all tests, and tells nothing of that.
    """

    name: str
    kind: str
    table: Mapping[str, Any]
    tier: int
    check: Check
    only: tuple[str, ...] = ()
    further: bool = False

    @property
    def id(self) -> str:
        return f"{self.name}:{digest(sorted(self.only))[:12]}" if self.only else self.name

    @property
    def roomy(self) -> bool:
        """Whether it is a whole run in a tier with time to record what each test runs."""
        return self.tier > 0 and not self.only and not self.further

    def narrowed(self, only: Sequence[str], suffix: str = "") -> "Planned":
        return replace(self, only=tuple(only), name=self.name + suffix)


def opened(site: Site, name: str, kind: str, table: Mapping[str, Any], tier: int) -> Planned:
    """A check of some kind, opened; checks start programs through their scene, so the tools lead nowhere
    else.
    """
    run = as_run(site.launcher, (), "/tmp", {}, Limits(wall_s=60))  # noqa: S108 - the sandbox's own
    return Planned(name, kind, table, tier, CHECKS.open(kind, table, Tools(site.clock, run, _no_secret)))


def measure(
    lab: Lab,
    planned: Planned,
    *,
    wall_s: float,
    changed: Sequence[str] = (),
    rerun: bool = False,
    coverage: bool = False,
    waited: Callable[[float], object] = float,
    kept: Callable[[Transaction, Evidence], object] = lambda tx, found: None,
) -> Reading:
    """The reading of one check on one tree. UNKNOWN is kept with its reason, but tried again next time,
    except that what did not end within about this time is believed for a day. `waited` is told the seconds
    that went by while somebody else measured the same, and while the tree was written. `kept` is told what
    was measured now, in the transaction that keeps it.
    """
    environment = fingerprint(lab, planned)
    found = None if rerun else _known(lab, planned, environment, wall_s)
    if found is not None:
        return found
    if wall_s < LEAST_S:
        late = "not started, the time of its tier was over"
        return Reading(planned.id, Outcome.UNKNOWN, metrics={TIMED_OUT: 1.0}, detail=late)
    asked = time.monotonic()
    with _alone(lab.site.folders.checkouts / ".locks", f"{lab.tree} {planned.id} {environment}"):
        waited(time.monotonic() - asked)
        found = None if rerun else _known(lab, planned, environment, wall_s)
        if found is not None:  # Somebody else measured it while we waited.
            return found
        asked = time.monotonic()
        _ = lab.checkout
        waited(time.monotonic() - asked)
        scene = lab.scene(only=planned.only, changed=changed, wall_s=wall_s, coverage=coverage)
        reach_s = recording(lab, planned.id, environment, wall_s) if coverage and planned.roomy else 0.0
        reading = _ran(planned, lab, replace(scene, reach_s=reach_s), wall_s)
        if len(reading.cases) > CASES_MAX:
            reading = Reading(planned.id, Outcome.UNKNOWN, reading.seconds, detail=TOO_MANY)
        level, now = lab.site.launcher.level.value, lab.site.clock()
        _keep(lab, Evidence(lab.tree, planned.id, environment, reading, level, now), kept)
    return reading


def _keep(lab: Lab, found: Evidence, kept: Callable[[Transaction, Evidence], object]) -> None:
    def write(tx: Transaction) -> None:
        keep(tx, found)
        keep_reach(tx, lab, found)
        kept(tx, found)

    lab.site.database.write(write)


def _ran(planned: Planned, lab: Lab, scene: Scene, wall_s: float) -> Reading:
    """A reading; one that was recorded and tells nothing is made again without, as that may be why."""
    reading = _metered(planned, scene, Starting(lab, wall_s))
    left = wall_s - reading.seconds
    if scene.reach_s and reading.outcome is Outcome.UNKNOWN and left >= LEAST_S:
        reading = _metered(planned, replace(scene, reach_s=0.0), Starting(lab, left))
        reading = replace(reading, reach=NO_REACH)
    return replace(reading, check=planned.id, lines=some_lines(reading.lines, scene.changed))


def _metered(planned: Planned, scene: Scene, start: Starting) -> Reading:
    """A reading with what its programs took, where it tells anything, or the time that was not enough."""
    reading = _read(planned, replace(scene, start=start))
    if reading.metrics.get(TIMED_OUT):
        return replace(reading, metrics={**reading.metrics, ALLOWED_S: start.wall_s})
    known = reading.outcome is not Outcome.UNKNOWN
    return replace(reading, metrics={**start.used, **reading.metrics}) if known else reading


def _read(planned: Planned, scene: Scene) -> Reading:
    try:
        return planned.check.read(scene)
    except WindlassError as error:
        return Reading(
            planned.id, Outcome.UNKNOWN, metrics={OUTSIDE: 1.0}, detail=f"{error} {error.hint}".strip()
        )
    except Exception as error:  # the plug-in's rim: what it parses is hostile, to break on it is no pass
        return Reading(
            planned.id, Outcome.UNKNOWN, detail=f"the check itself broke: {type(error).__name__}: {error}"
        )


def fingerprint(lab: Lab, planned: Planned) -> str:
    """What a reading depends on besides the tree: interpreter, packages, tools, sandbox level and what
    system is in it, the check's own settings.
    """
    base, others = lab.site.launcher.base, lab.toolchain.identity
    what = {
        **lab.environment.identity(), "tools": {name: version(name) for name in ("windlass", "ruff", "uv")},
        "sandbox": lab.site.launcher.level.value, **({"base": base} if base else {}),
        **({"languages": others} if others else {}), **lab.packages.identity,
        "kind": planned.kind, "settings": dict(planned.table),
    }  # fmt: skip
    return digest(what)[:32]


def digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _known(lab: Lab, planned: Planned, environment: str, wall_s: float) -> Reading | None:
    found = lab.site.database.read(lambda tx: evidence(tx, lab.tree, planned.id, environment))
    if found is None or (
        found.reading.outcome is Outcome.UNKNOWN and not _too_slow(found, lab.site.clock(), wall_s)
    ):
        return None
    return found.reading


def _too_slow(found: Evidence, now: float, wall_s: float) -> bool:
    """Whether it was given about as much time less than a day ago, and did not end."""
    metrics = found.reading.metrics
    allowed = metrics.get(ALLOWED_S, 0.0) if metrics.get(TIMED_OUT) else 0.0
    return allowed > 0 and now - found.at < BELIEVED_S and wall_s <= MORE * allowed


@contextmanager
def _alone(folder: Path, key: str) -> Iterator[None]:
    """Hold one of a fixed number of lock files, so that two windlasses do not run the same thing twice."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / str(int(digest(key)[:8], 16) % LOCKS)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _no_secret(name: str) -> str:
    raise Denied(f"checks get no secrets, and {name!r} is one", hint="a check runs what the repository says")
