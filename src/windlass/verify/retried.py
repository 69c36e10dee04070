"""Run failed tests again until it is certain whose failure it is, within a budget.

A test that the change itself touches or adds is not run again: a flaky test is no better than a red one
where the change could have made it so. And a test that passes alone is only flaky if it passes among the
others too: they may now leave something behind that it fails over.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from windlass.flakes import Certainty
from windlass.verify.lab import Lab
from windlass.verify.model import Reading
from windlass.verify.readings import Deadline, Planned, digest, measure
from windlass.verify.telling import standing, teller

AGAIN_MAX: Final = 50
"""Failed tests that are worth a second run; more at once is not flakiness."""
TOGETHER_MAX: Final = 2
"""Further runs of everything, to see tests that pass alone pass among the others."""
_BAD: Final = ("failed", "error")


@dataclass(frozen=True, slots=True)
class Retried:
    """What further runs told. `calls`: of every failed test, whose failure it is. `quarantined`: those that
    do not block. `before`: those that fail on the base too when they are run alone. `company`: those that
    pass alone and failed in every run among the others.
    """

    readings: tuple[Reading, ...] = ()
    calls: Mapping[str, Certainty] = field(default_factory=dict)
    quarantined: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    company: frozenset[str] = frozenset()

    @property
    def flaky(self) -> frozenset[str]:
        """Failures that the tests have by themselves."""
        return frozenset(case for case, call in self.calls.items() if call is Certainty.FLAKY)


def retry(
    candidate: Lab, base: Lab, check: Planned, failed: Sequence[str], *, touched: Sequence[str],
    deadline: Deadline,
) -> Retried:  # fmt: skip
    """Run suspects again, each until its case is certain or the tries are used up. Those that are not cleared
    are run on the base beside it: what fails there too, alone, and is not known to fail now and then, is not
    the change's.
    """
    if not failed or len(failed) > AGAIN_MAX:
        return Retried()
    known, own = standing(candidate.site, failed), frozenset(touched)
    runs = {case: [1, 0] for case in failed if case.partition("::")[0] not in own}
    readings: list[Reading] = []
    before: set[str] = set()
    for number in range(candidate.settings.again_max):
        left = [c for c in runs if c not in before and known.judge(c, *runs[c]) is Certainty.OPEN]
        if not left:
            break
        suffix = f":again{number + 1}:{digest(check.id)[:6]}"
        readings.append(_ran(candidate, check.narrowed(left, suffix), deadline))
        _count(runs, readings[-1])
        asked = [case for case in left if known.judge(case, *runs[case]) is not Certainty.FLAKY]
        for case, result in _on_base(base, check, asked, suffix, deadline).items():
            known = known.after(case, int(result in _BAD), int(result == "passed"))
            before |= {case} - known.flipped if result in _BAD else set()
    calls = {case: known.judge(case, *runs[case]) if case in runs else Certainty.REAL for case in failed}
    cleared = {case for case, call in calls.items() if call is Certainty.FLAKY} - known.flipped - before
    calls |= _together(candidate, check, cleared, deadline)
    real = frozenset(case for case in cleared if calls[case] is Certainty.REAL)
    return Retried(tuple(readings), calls, known.quarantined & runs.keys(), frozenset(before), real)


def _together(lab: Lab, check: Planned, cleared: Collection[str], deadline: Deadline) -> dict[str, Certainty]:
    """What runs of everything say of tests that pass alone and were never seen to flip on the main branch."""
    calls = dict.fromkeys(cleared, Certainty.OPEN)
    for number in range(TOGETHER_MAX):
        left = [case for case, call in calls.items() if call is not Certainty.FLAKY]
        if not left:
            break
        suffix = f":together{number + 1}:{digest(check.id)[:6]}"
        cases = _ran(lab, check.narrowed(check.only, suffix), deadline).cases
        for case in left:
            result = cases.get(case, "")
            calls[case] = Certainty.REAL if result in _BAD else Certainty.OPEN
            calls[case] = Certainty.FLAKY if result == "passed" else calls[case]
    return calls


def _on_base(
    base: Lab, check: Planned, asked: Sequence[str], suffix: str, deadline: Deadline
) -> Mapping[str, str]:
    """The results of some tests on the base, run alone; those of its files that it has."""
    there = [case for case in asked if case.partition("::")[0] in base.files]
    cases = _ran(base, check.narrowed(there, suffix), deadline).cases if there else {}
    return {case: cases[case] for case in there if case in cases}


def _ran(lab: Lab, check: Planned, deadline: Deadline) -> Reading:
    return measure(lab, check, wall_s=deadline.left(), waited=deadline.extend, kept=teller(lab, check))


def _count(runs: Mapping[str, list[int]], reading: Reading) -> None:
    """Being skipped the second time tells nothing."""
    for case, result in reading.cases.items():
        if case in runs and result in (*_BAD, "passed"):
            runs[case][result == "passed"] += 1
