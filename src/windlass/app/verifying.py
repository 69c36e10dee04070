"""Judge what the user has here, as the gate would: files as they lie there, what is staged, or a commit."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from windlass import ratchet, verify
from windlass.app import ci as ci
from windlass.app import fixing as fixing
from windlass.app import hooks as hooks
from windlass.app import night_log as night_log
from windlass.app import reverting as reverting
from windlass.app import sharing as sharing
from windlass.app.fixing import named
from windlass.app.ratcheting import start_nothing
from windlass.app.wiring import Plant, new_node_id, site_of
from windlass.kernel import iso

TIERS: Final = (0, 1, 2, 3)
WIND_UP: Final = 0.05
"""Of a budget: for starting, ending what still runs, and telling it."""


class Verdict(Enum):
    """A tree that passed what there was time for has not passed."""

    PASSED = "passed"
    DEFERRED = "passed-with-deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Aim:
    """What to judge: a commit, what is staged (`index`: the file that says it, git's own if None), else the
    files of the work tree. `against`: the commit to compare with; empty: where main was left. `paths`: files
    and folders to take as changed besides those that are.
    """

    commit: str = ""
    staged: bool = False
    index: Path | None = None
    against: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of it. `changed`: paths that differ, or were named. `ran`: checks that were not known of this
    tree before. `reasons`: why it is no pass. `only`: the checks that were asked for, where that is not all.
    """

    verdict: Verdict
    tier: int
    budget_s: float
    base: str
    changed: tuple[str, ...]
    judgement: verify.Judgement
    ran: frozenset[str]
    reasons: tuple[str, ...]
    seconds: float
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Covered:
    """What all tests ran of the code, in percent; None is unknown. `least`: what a change that lowers it must
    reach. `verified`: the judgement behind it, which also tells of the lines that the change adds.
    """

    verified: Verified
    now: float | None
    before: float | None
    least: float

    @property
    def verdict(self) -> Verdict:
        """Tests that pass and tell no coverage are no pass here."""
        found = self.verified.verdict
        return Verdict.UNKNOWN if found is Verdict.PASSED and self.now is None else found


@dataclass(frozen=True, slots=True)
class _Judged:
    """A tree, the commit to compare it with, and the paths to take as changed besides those that are."""

    tree: str
    base: str
    given: tuple[str, ...]
    only: tuple[str, ...] = ()


Heard = Callable[[str, verify.Reading | None], None]


def _unheard(check: str, reading: verify.Reading | None) -> None:
    """Nobody is told."""


class Verifying:
    """What `windlass verify` calls. `heard` is told of each check that begins (with None) and of what it came
    to, from several threads.
    """

    def __init__(self, plant: Plant, heard: Heard = _unheard) -> None:
        self._plant, self._heard = plant, heard
        self._site = site_of(plant, start_nothing, new_node_id())

    def budget_s(self, tier: int) -> float:
        """Seconds that a tier and those below it may take together, as the settings say."""
        table = self._plant.config.verify
        return (table.fast_limit_s, table.pr_limit_s, table.nightly_limit_s, table.weekly_limit_s)[tier]

    def verify(
        self, tier: int, aim: Aim, *, budget_s: float | None = None, only: Sequence[str] = ()
    ) -> Verified:
        """Judge it in a tier and those below; nothing of the user's is written, evidence is kept."""
        began = time.monotonic()
        tree, base = self._trees(aim)
        given = named(list(self._plant.mirror.listing(tree)), aim.paths)
        within_s = self.budget_s(tier) if budget_s is None else budget_s
        return self._judged(tier, _Judged(tree, base, given, tuple(only)), within_s, began)

    def coverage(self, aim: Aim, *, budget_s: float | None = None) -> Covered:
        """Run all tests, and nothing else, for what they cover."""
        found = self.verify(1, aim, budget_s=budget_s, only=("tests",))
        readings, base = found.judgement.readings, found.judgement.base_readings
        return Covered(found, _coverage(readings), _coverage(base), self._plant.config.verify.coverage_min)

    def main(self, tier: int, commit: str) -> Verified:
        """Judge a commit of the main branch, as the mirror has it, as a whole."""
        tree = self._plant.mirror.tree_of(commit)
        return self._judged(tier, _Judged(tree, commit, ()), self.budget_s(tier), time.monotonic())

    def _judged(self, tier: int, what: _Judged, within_s: float, began: float) -> Verified:
        """`began`: when its time began to run, by the steady clock."""
        at, mirror, tree = iso(self._site.clock()), self._plant.mirror, what.tree
        base_tree = mirror.tree_of(what.base)
        left = (1 - WIND_UP) * within_s - (time.monotonic() - began)
        judgement = verify.judge_tree(
            self._site, tree, base_tree, what.given, tiers=range(tier + 1), within_s=left, only=what.only,
            heard=self._heard,
        )  # fmt: skip
        held = ratchet.hold(self._site, judgement)
        # Tier 0, or a few checks, measure little of what has a bound: what they do not is nobody's surprise.
        whole = tier and not what.only
        judgement = held if whole or held.outcome is verify.Outcome.FAILED else judgement
        reasons = (*judgement.reasons, *(_alone(judgement) if tree == base_tree else ()))
        verdict = _verdict(judgement, reasons)
        kept = self._plant.database.read(lambda tx: verify.evidence_of(tx, tree))
        changed = {*what.given, *(change.path for change in mirror.changed(base_tree, tree))}
        return Verified(
            verdict, tier, within_s, what.base, tuple(sorted(changed)), judgement,
            frozenset(str(row["check"]) for row in kept if str(row["at"]) >= at), reasons,
            time.monotonic() - began, what.only,
        )  # fmt: skip

    def watch(
        self, tier: int, aim: Aim, *, budget_s: float | None = None, only: Sequence[str] = (),
        rest: Callable[[], bool],
    ) -> Iterator[Verified]:
        """Judge the files now and whenever they differ from what was judged last; `rest` waits before each
        further look, and ends it all by saying no. It is content that counts: what git ignores, or what is
        only touched, is no change.
        """
        seen = ""
        while True:
            tree = self._plant.mirror.snapshot(self._plant.checkout)
            if tree != seen:
                seen = tree
                yield self.verify(tier, aim, budget_s=budget_s, only=only)
            if not rest():
                return

    def _trees(self, aim: Aim) -> tuple[str, str]:
        """The tree to judge, and the commit to compare it with."""
        mirror, checkout = self._plant.mirror, self._plant.checkout
        main = mirror.sync(checkout)
        head = checkout.resolve(aim.commit) if aim.commit else checkout.head() or main
        mirror.bring(checkout, head)
        base = mirror.merge_base(main, head) or main
        if aim.against:
            base = checkout.resolve(aim.against)
            mirror.bring(checkout, base)
        if aim.commit:
            return mirror.tree_of(head), base
        return mirror.snapshot(checkout, staged=aim.staged, index=aim.index), base


def _alone(judgement: verify.Judgement) -> tuple[str, ...]:
    """Why a tree fails that differs in nothing: no other tree excuses a test or a command there. What is
    counted is the ratchet's.
    """
    excused = {*judgement.flaky, *judgement.quarantined}
    failed = (one for one in judgement.readings if one.outcome is verify.Outcome.FAILED and not one.owed)
    bad = [(one, sorted(one.failures - excused)) for one in failed]
    return tuple(
        f"{one.check}: {len(names)} fail: {', '.join(names[:20])}" if names else f"{one.check}: {_last(one)}"
        for one, names in bad
        if names or not one.failures
    )


def _coverage(readings: Sequence[verify.Reading]) -> float | None:
    """The least that a run of all tests told."""
    whole = (one for one in readings if ":" not in one.check)
    return min((one.metrics["coverage"] for one in whole if "coverage" in one.metrics), default=None)


def _last(reading: verify.Reading) -> str:
    lines = [line.strip() for line in reading.detail.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "fails"


def _verdict(judgement: verify.Judgement, reasons: Sequence[str]) -> Verdict:
    if judgement.outcome is verify.Outcome.FAILED or (judgement.outcome is verify.Outcome.PASSED and reasons):
        return Verdict.FAILED
    if judgement.outcome is verify.Outcome.UNKNOWN:
        return Verdict.UNKNOWN
    return Verdict.DEFERRED if judgement.deferred else Verdict.PASSED
