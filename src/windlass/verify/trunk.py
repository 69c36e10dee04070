"""Look at one tree of the main branch as a whole: which tests and commands fail there, and really so.

What fails has a name: a test's id, or the id of a command's check. Evidence that is there is not made again,
so to look at a tree twice costs nothing.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from windlass.verify.contrast import NAMED as NAMED
from windlass.verify.contrast import Call as Call
from windlass.verify.contrast import needed
from windlass.verify.interleaved import BAD, Question, contrasted, results, together
from windlass.verify.lab import Lab, labs
from windlass.verify.model import Outcome, Reading
from windlass.verify.planning import fitting, planned
from windlass.verify.readings import Deadline, Planned, measure
from windlass.verify.retried import AGAIN_MAX
from windlass.verify.settings import parse_settings
from windlass.verify.site import Site
from windlass.verify.telling import standing, teller

NO_OTHERS: Final[Mapping[str, str]] = {}
WHY_MAX: Final = 300
TIER: Final = 2
"""The tier whose budget a look at some names has."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What one look at a tree came to. `failing`: names, each with what it said. `flipped`: those of them
    that passed in another whole run. `unknown`: why it cannot be called green. `by`: of those that the run of
    all tests leaves out the check that has them.
    """

    tree: str
    failing: Mapping[str, str]
    unknown: tuple[str, ...]
    seconds: float
    flipped: frozenset[str] = frozenset()
    by: Mapping[str, str] = field(default_factory=dict)


def prove(site: Site, tree: str, *, tiers: Sequence[int]) -> Proof:
    """Run the tests and the commands of these tiers on a tree, each tier within its budget."""
    settings, started = parse_settings(site.verify), time.monotonic()
    readings: dict[str, Reading] = {}
    by: dict[str, str] = {}
    with labs(site, settings, (tree,)) as (lab,):
        for tier in sorted(tiers):
            deadline = Deadline.within(settings.budget_s(tier))
            for check in planned(lab, (), tier, done=readings.keys()).checks:
                if check.check.role == "command" or (check.check.role == "tests" and tier):
                    readings[check.id] = _read(lab, check, deadline)
                    by |= dict.fromkeys(readings[check.id].failures if check.further else (), check.name)
    failing: dict[str, str] = {}
    for one in readings.values():
        failing |= _failing(one)
    passed = {case for one in readings.values() for case, said in one.cases.items() if said == "passed"}
    unknown = [f"{one.check}: {one.detail}" for one in readings.values() if one.outcome is Outcome.UNKNOWN]
    if not readings:
        unknown.append("neither tests nor commands are there to run")
    seconds = time.monotonic() - started
    return Proof(tree, failing, tuple(unknown), seconds, frozenset(passed & failing.keys()), by)


def failing(
    site: Site, tree: str, names: Collection[str], *, tiers: Sequence[int], among: Collection[str] = (),
    by: Mapping[str, str] = NO_OTHERS,
) -> frozenset[str] | None:  # fmt: skip
    """Which of these fail on a tree; a test that is not there does not. None where it cannot be told.
    `among`: tests that are looked for in a run of everything.
    """
    settings = parse_settings(site.verify)
    found: set[str] = set()
    with labs(site, settings, (tree,)) as (lab,):
        deadline = Deadline.within(settings.budget_s(TIER))
        for check in _checks(lab, names, tiers, by):
            asked = {*(check.only or (check.id,))}
            told = results(lab, check, asked.difference(among), "", deadline)
            told |= together(lab, check, asked.intersection(among), "", deadline)
            if len(told) < len(asked):
                return None
            found |= {name for name, result in told.items() if result in BAD}
    return frozenset(found)


def confirmed(
    site: Site, tree: str, base: str, names: Collection[str], *, tiers: Sequence[int],
    by: Mapping[str, str] = NO_OTHERS,
) -> dict[str, Call]:  # fmt: skip
    """Whether the commit between two trees is why these fail, by the rule of `contrast`. Asked are commands,
    and at most AGAIN_MAX tests; never tests in quarantine.
    """
    settings, known = parse_settings(site.verify), standing(site, sorted(names))
    calls = {name: Call.FLAKY if name in known.quarantined else Call.UNTOLD for name in names}
    with labs(site, settings, (tree, base)) as (lab, before):
        deadline = Deadline.within(settings.budget_s(TIER))
        for check in _checks(lab, {*names} - known.quarantined, tiers, by):
            asked = check.only[:AGAIN_MAX] or (check.id,)
            least = {name: needed(len(names), flips=name in known.flipped) for name in asked}
            alone = known.flipped.union(() if check.check.role == "tests" else asked)
            calls |= contrasted(lab, before, Question(check, least, alone), deadline)
    return calls


def _checks(
    lab: Lab, names: Collection[str], tiers: Sequence[int], by: Mapping[str, str]
) -> Iterator[Planned]:
    """The commands among these names, and of every check that has some of the tests one run of those whose
    files are there.
    """
    every = [one for tier in tiers for one in planned(lab, (), tier).checks]
    commands = {one.id: one for one in every if one.check.role == "command"}
    yield from (commands[name] for name in sorted(names) if name in commands)
    tests = sorted(name for name in names if name.partition("::")[0] in lab.files)
    mine = [name for name in tests if name not in by]
    check = fitting(lab, "tests") if mine else None
    if check is not None:
        yield check.narrowed(mine)
    others = {one.name: one for one in every if one.check.role == "tests" and one.further}
    for name, other in others.items():
        if theirs := [one for one in tests if by.get(one) == name]:
            yield other.narrowed(theirs)


def _failing(reading: Reading) -> dict[str, str]:
    """What fails in a reading, by name."""
    if reading.failures:
        return {case: reading.why.get(case, "")[:WHY_MAX] for case in reading.failures}
    if reading.outcome is not Outcome.FAILED:
        return {}
    lines = [line for line in reading.detail.splitlines() if line.strip()]
    return {reading.check: lines[-1][:WHY_MAX] if lines else ""}


def _read(lab: Lab, check: Planned, deadline: Deadline) -> Reading:
    return measure(
        lab, check, wall_s=deadline.left(), coverage=check.tier > 0 and not check.only,
        waited=deadline.extend, kept=teller(lab, check),
    )  # fmt: skip
