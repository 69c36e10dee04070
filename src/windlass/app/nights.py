"""Measure the main branch at night, and more of it once a week, by itself.

Every call of `step` does one thing and puts it on record, so a night that was broken off goes on with the
next one, of the same commit. An hour that struck while nobody was there is made good once: it is the newest
that counts.
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final

from windlass import dispatch, land
from windlass.app import flaking, night_log
from windlass.app.background import Background, Trouble
from windlass.app.hours import Hour, parse_hour
from windlass.app.mutating import Asked, Sampled
from windlass.app.night_log import Every, Night, Part, State
from windlass.app.ratcheting import Ratcheting
from windlass.app.verifying import Verdict, Verifying
from windlass.app.wiring import Plant
from windlass.dispatch import Review, Site, TaskStatus
from windlass.kernel import NotFound, Unavailable, WindlassError
from windlass.store import Transaction

LOOK_S: Final = 5.0
NICE: Final = 10
LINE_MAX: Final = 500
"""Commits of the branch among which that of a night must be for it to go on."""
FAULTS: Final = 60
SEED: Final = 1
MUTANTS_MAX: Final = 2_000
SAMPLE: Final = 0.05
SAMPLE_S: Final = 1_200.0
ALL_S: Final = 3_600.0
"""The numbers of `windlass verify recall`, `windlass verify mutation` and what `ci github` writes."""
PARTS: Final[Mapping[Every, tuple[str, ...]]] = {
    Every.WEEK: ("tier-3", "recall", "mutation-100"), Every.NIGHT: ("tier-2", "recall", "mutation-5"),
}  # fmt: skip
HOLDS: Final = {"tier-2": "tier-3", "mutation-5": "mutation-100"}
"""What is known with another part."""
_ONE: Final = threading.Lock()
"""One measurement at a time in a process, whatever the number of repositories."""


@dataclass(frozen=True, slots=True)
class _Due:
    every: Every
    at: float
    last: Night | None


class Measuring:
    """Measures the main branch of a repository. `zone`: in which its hours are; None: this machine's."""

    def __init__(self, plant: Plant, site: Site, *, zone: tzinfo | None = None) -> None:
        settings = plant.config.measure
        self._plant, self._site, self._zone = plant, site, zone
        self._number = site.repository.id
        self._hours: dict[Every, Hour | None] = {
            Every.WEEK: parse_hour(settings.weekly_at), Every.NIGHT: parse_hour(settings.nightly_at)
        }  # fmt: skip

    @property
    def wanted(self) -> bool:
        """Whether the settings name an hour at all."""
        return any(hour is not None for hour in self._hours.values())

    def due(self) -> bool:
        """Whether there is something to do, and nobody waits for a verdict or a landing: those go first."""
        return self._due() is not None and not self._site.database.read(self._awaited)

    def _awaited(self, tx: Transaction) -> bool:
        """Whether a landing moves, or a submission is judged; not one that waits for a person or a rival."""
        judged = dispatch.tasks(tx, self._number, (TaskStatus.REVIEW_NEEDED,))
        return any(one.state.moving for one in land.landings(tx, self._number)) or any(
            one.review is Review.NONE and one.role != dispatch.tries.ENTRY for one in judged
        )

    def step(self) -> bool:
        """Do the next thing of what is due and put it on record; False where nothing is."""
        due = self._due()
        if due is None:
            return False
        night = self._begun(due)
        if night.state is State.BEGAN:
            self._go_on(night)
        return True

    def _due(self) -> _Due | None:
        now = self._site.clock()

        def look(tx: Transaction) -> _Due | None:
            since = night_log.tended_since(tx, self._number)
            for every, hour in self._hours.items():
                at = None if hour is None else hour.struck(now, self._zone)
                # An hour from before there was anything to measure was not missed.
                if at is None or at <= since:
                    continue
                last = night_log.newest(tx, self._number, every)
                # One on record for a time that is still to come: the clock was set back.
                answered = last is not None and at <= last.due <= now
                going_on = last if answered and last is not None and last.state is State.BEGAN else None
                if going_on is not None or not answered:
                    return _Due(every, at, going_on)
            return None

        return self._site.database.read(look)

    def _begun(self, due: _Due) -> Night:
        """The night that goes on, else a new one of main as it is now: begun, or with nothing to measure."""
        mirror, main = self._site.mirror, self._plant.main_now()
        if due.last is not None and due.last.commit in mirror.first_parents(main, LINE_MAX):
            return due.last
        night = Night(due.every, due.at, self._site.repository.main, main, mirror.tree_of(main))

        def keep(tx: Transaction) -> Night:
            known = night_log.parts(tx, self._number, night)
            made = night if _missing(night, known) else replace(night, state=State.UNCHANGED)
            night_log.keep(tx, self._number, made)
            return made

        return self._site.database.write(keep)

    def _go_on(self, night: Night) -> None:
        known = self._site.database.read(lambda tx: night_log.parts(tx, self._number, night))
        missing = _missing(night, known)
        if missing:
            self._measure(night, missing[0])
            return
        found = [known.get(name) or known[HOLDS[name]] for name in PARTS[night.every]]
        self._site.database.write(lambda tx: night_log.finish(tx, self._number, night, found))

    def _measure(self, night: Night, name: str) -> None:
        """Measure one part; what cannot be measured is unknown, and on record with the reason."""
        work: dict[str, Callable[[], Part | None]] = {
            "tier-2": lambda: self._tier(night, 2), "tier-3": lambda: self._tier(night, 3),
            "recall": lambda: self._recall(night),
            "mutation-5": lambda: self._mutation(night, name, SAMPLE, SAMPLE_S),
            "mutation-100": lambda: self._mutation(night, name, 1.0, ALL_S),
        }  # fmt: skip
        began, broken = time.monotonic(), None
        try:
            found = work[name]()
        except WindlassError as error:
            # What is not there does not come by trying again; what is not available may.
            told = str(error) + (f"; {error.hint}" if error.hint else "")
            found = Part(name, "unknown", isinstance(error, NotFound), (told,))
        except Exception as error:  # a bug: on record first, or the same would be tried without end
            found, broken = Part(name, "unknown", False, (f"{type(error).__name__}: {error}",)), error
        if found is not None:
            made = replace(found, name=name, seconds=time.monotonic() - began)
            self._site.database.write(lambda tx: night_log.keep_part(tx, self._number, night, made))
        if broken is not None:
            raise broken

    def _tier(self, night: Night, tier: int) -> Part:
        found = Verifying(self._plant).main(tier, night.commit)
        flaking.settle(self._site)
        judged = found.judgement
        figures = {
            "checks": float(len(judged.readings)), "ran": float(len(found.ran)),
            "failing": float(len(found.reasons)), "deferred": float(len(judged.deferred)),
            "flaky": float(len(judged.flaky)), "quarantined": float(len(judged.quarantined)),
        }  # fmt: skip
        why = (*found.reasons, *(str(one) for one in judged.deferred))
        final = found.verdict in (Verdict.PASSED, Verdict.FAILED)
        return Part("", found.verdict.value, final, why, figures)

    def _recall(self, night: Night) -> Part:
        found = Ratcheting(self._plant).recalled(night.commit, FAULTS, SEED)
        figures = {
            "recall": found.recall, "faults": float(found.faults), "mutants": float(found.mutants),
            "share": round(found.share, 4),
        }  # fmt: skip
        if not found.telling:
            return Part("", "unknown", True, (f"{found.faults} faults say too little",), figures)
        return Part("", "passed" if found.enough else "failed", True, found.missed, figures)

    def _mutation(self, night: Night, name: str, share: float, limit_s: float) -> None:
        """On record in the transaction in which the ratchet hears of it."""
        began = time.monotonic()

        def told(tx: Transaction, sampled: Sampled) -> None:
            part = replace(_of(sampled), name=name, seconds=time.monotonic() - began)
            night_log.keep_part(tx, self._number, night, part)

        asked = Asked(MUTANTS_MAX, limit_s=limit_s, seed=SEED)
        Ratcheting(self._plant).mutating().sample(share, asked, commit=night.commit, told=told)


class Nights(Background):
    """Does it in the background, at low priority, for as long as a server or a run is there."""

    def __init__(
        self, plant: Plant, site: Site, *, may: Callable[[], bool], on_trouble: Callable[[Trouble], None]
    ) -> None:
        self._plant, self._measuring, self._may = plant, Measuring(plant, site), may
        super().__init__(
            "the night", self._look, name=f"night-{site.repository.id}", pause_s=LOOK_S, nice=NICE,
            on_trouble=on_trouble,
        )  # fmt: skip

    def start(self) -> None:
        if self._measuring.wanted and not self._plant.watches:
            super().start()

    def _look(self) -> float:
        with suppress(Unavailable):  # told by the loop that looks for work, which needs the same
            if self._may() and self._measuring.due() and _ONE.acquire(blocking=False):
                try:
                    self._measuring.step()
                finally:
                    _ONE.release()
        return LOOK_S


def _missing(night: Night, known: Mapping[str, Part]) -> list[str]:
    """The parts of a night of which its tree is not known to any more than they would tell."""
    return [
        name for name in PARTS[night.every]
        if name not in known and not ((more := known.get(HOLDS.get(name, ""))) and more.final)
    ]  # fmt: skip


def _of(sampled: Sampled) -> Part:
    found, score = sampled.found, sampled.found.score
    low, high = score.interval
    figures = {
        "score": score.percent, "low": low if score.tried else None, "high": high if score.tried else None,
        "killed": float(score.killed), "judged": float(score.tried), "tried": float(len(found.tried)),
        "possible": float(found.possible), "bound": sampled.ratchet.bound,
    }  # fmt: skip
    if (shift := found.shift) is not None:
        figures |= {"pairs": float(shift.pairs), "lost": float(shift.lost), "gained": float(shift.gained)}
    if score.percent is None:
        return Part("", "unknown", True, (f"{score.tried} mutants say too little",), figures)
    if sampled.worse:
        return Part("", "failed", True, (sampled.ratchet.why,), figures)
    return Part("", "passed", True, (), figures)
