"""Measure what chosen tests are worth: faults put in on purpose, and whether the chosen tests find them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from windlass.kernel import NotFound, Unavailable
from windlass.verify.lab import Lab, labs
from windlass.verify.mapping import RECALL, RECALL_MIN, SOURCE_MAX
from windlass.verify.model import Evidence, Outcome, Reading
from windlass.verify.mutants import Mutant, drawn
from windlass.verify.planning import fitting
from windlass.verify.reach import Reach, pack, parse_reach
from windlass.verify.readings import Planned, fingerprint
from windlass.verify.records import evidence, keep
from windlass.verify.selection import Choice, Trees, choose
from windlass.verify.settings import parse_settings
from windlass.verify.site import Site
from windlass.verify.testcode import on_test_side

FAULTS_MIN: Final = 20
"""Fewer faults say too little: they are told and not kept."""
MUTANTS_MAX: Final = 2_000
LATE: Final = 4.0
LATE_S: Final = 20.0
"""A run on a mutant is ended after so many seconds and so many times those of the whole run."""


@dataclass(frozen=True, slots=True)
class Recall:
    """`faults`: mutants that the whole run finds, or does not end on; `missed`: those of them that the chosen
    tests do not find. `share`: of the tests' seconds that the chosen ones take, on average.
    """

    check: str
    mutants: int
    faults: int
    share: float
    missed: tuple[str, ...] = field(default=())

    @property
    def recall(self) -> float | None:
        """Share of the faults that are found; None where there was none."""
        return (self.faults - len(self.missed)) / self.faults if self.faults else None

    @property
    def enough(self) -> bool:
        """Whether tests may go on being chosen."""
        return self.recall is not None and self.recall >= RECALL_MIN

    @property
    def telling(self) -> bool:
        """Whether there were enough faults to decide by."""
        return self.faults >= FAULTS_MIN


def recall(site: Site, tree: str, *, mutants: int, seed: int, anew: bool = True) -> Recall:
    """Put so many faults into a tree, one at a time, and run the chosen tests; where they find nothing, all.
    Not `anew`: what was kept of this tree in this environment is told again.

    Kept as evidence from `FAULTS_MIN` faults on: below `RECALL_MIN` tests are no longer chosen by a map until
    a measurement is better. Raises NotFound without tests, Unavailable if they cannot be recorded.
    """
    settings = parse_settings(site.verify)
    with labs(site, settings, (tree,)) as (lab,):
        check = fitting(lab, "tests")
        if check is None:
            raise NotFound("no check here runs tests", hint="windlass doctor says why")
        if not anew and (known := _known(lab, check)) is not None:
            return known
        whole = _ran(lab, check, settings.pr_limit_s, reach_s=settings.pr_limit_s)
        reach = parse_reach(pack(whole.reach)) if whole.outcome is not Outcome.UNKNOWN else None
        if reach is None:
            why = whole.detail or "the check cannot record what tests run"
            raise Unavailable(f"no map of tests: {why}", hint="only pytest records; raise [verify] pr_limit")
        paths = [path for path in reach.ran if path in lab.files and not on_test_side(path)]
        sources = dict(lab.contents(sorted(paths), SOURCE_MAX))
        drawn_ones = drawn(sources, min(mutants, MUTANTS_MAX), seed)
        trial = _Trial(lab, check, whole, reach, sources)
        tried = [(mutant, *trial.tried(mutant)) for mutant in drawn_ones]
        faults = [(mutant, by_chosen) for mutant, by_chosen, found, _ in tried if found]
        found = Recall(
            check.id, len(tried), len(faults), sum(share for *_, share in tried) / (len(tried) or 1),
            tuple(f"{m.path}:{m.line} {m.what}" for m, by_chosen in faults if not by_chosen),
        )  # fmt: skip
        _keep(lab, check, found)
    return found


def _known(lab: Lab, check: Planned) -> Recall | None:
    """What was kept, as far as all of it was: a long list of what was missed is cut."""
    name, environment = f"{RECALL}{check.id}", fingerprint(lab, check)
    kept = lab.site.database.read(lambda tx: evidence(tx, lab.tree, name, environment))
    if kept is None or kept.reading.outcome is Outcome.UNKNOWN:
        return None
    told = kept.reading.metrics
    missed = tuple(line for line in kept.reading.detail.splitlines() if line)
    if not {"recall", "faults", "mutants", "share"} <= told.keys():
        return None
    found = Recall(check.id, round(told["mutants"]), round(told["faults"]), told["share"], missed)
    return found if found.recall is not None and math.isclose(found.recall, told["recall"]) else None


def _keep(lab: Lab, check: Planned, found: Recall) -> None:
    if found.recall is None or not found.telling:
        return
    outcome = Outcome.PASSED if found.enough else Outcome.FAILED
    metrics = {
        "recall": found.recall, "faults": float(found.faults), "share": found.share,
        "mutants": float(found.mutants),
    }  # fmt: skip
    reading = Reading(f"{RECALL}{check.id}", outcome, metrics=metrics, detail="\n".join(found.missed))
    level, now = lab.site.launcher.level.value, lab.site.clock()
    kept = Evidence(lab.tree, reading.check, fingerprint(lab, check), reading, level, now)
    lab.site.database.write(lambda tx: keep(tx, kept))


@dataclass(frozen=True)
class _Trial:
    """What every mutant is tried with. `whole`: the run without a fault."""

    lab: Lab
    check: Planned
    whole: Reading
    reach: Reach
    sources: Mapping[str, bytes]

    def tried(self, mutant: Mutant) -> tuple[bool, bool, float]:
        """Whether the chosen tests find it, whether any do, and the chosen ones' share of the time."""
        text = mutant.applied(self.sources[mutant.path])
        choice = self._choice(mutant.path, text)
        mirror, tree = self.lab.site.mirror, self.lab.tree
        entry = mirror.listing(mirror.write_tree({mutant.path: text}))[mutant.path]
        late = LATE_S + LATE * self.whole.seconds
        with labs(self.lab.site, self.lab.settings, (mirror.overlaid(tree, drop=(), put=[entry]),)) as (lab,):
            some = bool(choice.chosen) and self._finds(_ran(lab, self.check.narrowed(choice.chosen), late))
            every = some or self._finds(_ran(lab, self.check, late))
        return (some or (every and bool(choice.full))), every, choice.share if choice.chosen else 0.0

    def _choice(self, path: str, text: bytes) -> Choice:
        python = sorted(name for name in self.lab.files if name.endswith(".py"))
        every = {**dict(self.lab.contents(python, SOURCE_MAX)), path: text}
        before, tests = {path: self.sources[path]}, self.lab.facts.tests
        return choose(self.reach, Trees(before, {path: text}, (), every, tests, self.lab.distribution.roots))

    def _finds(self, reading: Reading) -> bool:
        """Whether a run tells of a fault: a failure that is new, or no result at all."""
        return reading.outcome is Outcome.UNKNOWN or bool(reading.failures - self.whole.failures)


def _ran(lab: Lab, check: Planned, wall_s: float, *, reach_s: float = 0.0) -> Reading:
    """A run that is not kept: what it says is about a fault of ours."""
    scene = lab.scene(only=check.only, changed=(), wall_s=wall_s, coverage=False)
    return check.check.read(replace(scene, reach_s=reach_s))
