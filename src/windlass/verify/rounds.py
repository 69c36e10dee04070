"""One check on both trees: the candidate, the base where it is needed, and failed tests once more.

Everything on both trees happens until one deadline. Tests that do not fit are left out by name.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from windlass.verify.check import Scene
from windlass.verify.judge import Compared, suspects
from windlass.verify.lab import Lab
from windlass.verify.model import TIMED_OUT, Deferred, Outcome, Reading
from windlass.verify.paired import by_turns, of_base
from windlass.verify.part import fitting, mended, overhead, part, told_left_out, told_unended
from windlass.verify.planning import affected, others, scene_of, test_files
from windlass.verify.readings import LEAST_S, Deadline, Planned, measure
from windlass.verify.retried import retry
from windlass.verify.settings import Settings
from windlass.verify.telling import teller

CLOSE: Final = 0.5
"""A base that needed more than this share of the budget does not prove that a candidate's timeout is its own
fault.
"""
CHOSEN_SHARE: Final = 0.75
"""Of what is left of a tier: for chosen tests on the candidate; the rest is for those that fail there."""
BASE_SHARE: Final = 0.6
"""Of what is left of a tier: for the whole test run on a base tree that nobody has measured yet."""
SLOWER: Final = 2.0
"""A candidate that had this many times the seconds of the base hangs; with fewer the machine may be busy."""


def compare(
    candidate: Lab, base: Lab, check: Planned, paths: Sequence[str], *, deadline: Deadline
) -> Compared:
    """Measure a check until the deadline. The base is measured if the candidate is not clean, and always for
    whole test runs.
    """
    role = check.check.role
    if role == "benchmark":
        reading = _timed(candidate, by_turns(check, candidate, base, paths, deadline), (), deadline)
        return Compared(role, reading, of_base(reading))
    if role == "tests":
        return (_chosen if check.only else _whole)(candidate, base, check, paths, deadline)
    reading, edited = _timed(candidate, check, paths, deadline), _edited(candidate, base, check, paths)
    late = reading.metrics.get(TIMED_OUT) and deadline.left() < LEAST_S
    if late or (reading.outcome is Outcome.PASSED and role != "figure"):
        return Compared(role, reading, edited=edited)
    return Compared(role, reading, _base(base, check, paths, deadline), edited=edited)


def _edited(candidate: Lab, base: Lab, check: Planned, paths: Sequence[str]) -> tuple[str, ...]:
    """What a check says of files that the base has and that are others now, or gone."""
    say: Callable[[Scene, Sequence[str]], Sequence[str]] | None = getattr(check.check, "edited", None)
    old, new = base.entries, candidate.entries
    changed = [path for path in paths if path in old and (path not in new or new[path].oid != old[path].oid)]
    return tuple(say(scene_of(base, changed), changed)) if say is not None and changed else ()


def settle(pairs: Sequence[Compared], settings: Settings) -> tuple[list[Compared], list[Deferred]]:
    """Drop test runs that did not fit into their budget on either tree, if other tests did run; they are
    deferred, not passed.
    """
    tests_ran = any(
        pair.role == "tests"
        and pair.candidate.outcome is not Outcome.UNKNOWN
        and pair.candidate.metrics.get("collected", 0)
        for pair in pairs
    )
    kept, late = list[Compared](), list[Deferred]()
    for pair in pairs:
        if tests_ran and pair.role == "tests" and _too_long(pair, settings):
            why = f"{pair.candidate.detail}, on the base tree as well or nearly so"
            late.append(Deferred(pair.candidate.check, why))
        else:
            kept.append(pair)
    return kept, late


def _too_long(pair: Compared, settings: Settings) -> bool:
    if not pair.candidate.metrics.get(TIMED_OUT):
        return False
    base = pair.base
    return base is None or bool(base.metrics.get(TIMED_OUT)) or base.seconds > CLOSE * settings.pr_limit_s


def _chosen(candidate: Lab, base: Lab, check: Planned, paths: Sequence[str], deadline: Deadline) -> Compared:
    """Some tests in their order. Where not all of them end in time, those that did are judged."""
    reading, late = _timed(candidate, check, paths, deadline, share=CHOSEN_SHARE), None
    if reading.metrics.get(TIMED_OUT):
        if not reading.cases:
            return Compared("tests", reading, _base(base, check, paths, deadline))
        late = told_unended(check.name, check.only, reading)
        reading = part(reading, reading.spent, check.id)
        check = check.narrowed(sorted({case.partition("::")[0] for case in reading.failures}))
    pair = Compared("tests", reading, left_out=late)
    if reading.outcome is Outcome.PASSED:
        return pair
    pair = replace(pair, base=_base(base, check, paths, deadline))
    return _again((candidate, base), check, paths, pair, deadline)


def _whole(candidate: Lab, base: Lab, check: Planned, paths: Sequence[str], deadline: Deadline) -> Compared:
    """The whole test run on both trees if it fits, the base first; else as many of its files as fit."""
    # Known evidence costs nothing, so this only bounds the first run on a base tree.
    other = _timed(base, check, paths, deadline, share=BASE_SHARE)
    reading, had = _timed(candidate, check, paths, deadline, share=0.0), deadline.left()
    if reading.metrics.get(TIMED_OUT):
        if other.metrics.get(TIMED_OUT) or other.seconds > had:
            return _partly(candidate, base, check, paths, known=other, deadline=deadline)
        reading = _timed(candidate, check, paths, deadline)
    if reading.metrics.get(TIMED_OUT) and had < SLOWER * other.seconds:
        return Compared("tests", reading)
    pair = Compared("tests", reading, other)
    return _again((candidate, base), check, paths, pair, deadline)


def _partly(
    candidate: Lab, base: Lab, check: Planned, paths: Sequence[str], *, known: Reading, deadline: Deadline
) -> Compared:
    """The files of known duration that fit, those that the change can affect first; `known` is what a run on
    the base tree, to its end or not, says about them.
    """
    tests = test_files(candidate)
    # What a plug-in collects from other files is not always what pytest makes of them by name.
    spent = {path: known.spent[path] for path in tests if path in known.spent}
    first = affected(candidate, check, paths)
    chosen = fitting(first, spent, deadline.left() - overhead(known))
    if not chosen:
        budget = candidate.settings.budget_s(check.tier)
        why = f"does not end within {budget:.0f} s, and none of its files is known to fit"
        return Compared("tests", Reading(check.id, Outcome.UNKNOWN, metrics={TIMED_OUT: 1.0}, detail=why))
    some = check.narrowed(chosen)
    reading = _timed(candidate, some, paths, deadline)
    other = part(known, chosen, some.id)
    doubted = {case.partition("::")[0] for case in suspects(reading, other)}
    if doubted:
        # They may pass only after the tests that ran before them in the whole run: ask the base alone.
        alone = _base(base, check.narrowed(sorted(doubted)), paths, deadline)
        other = mended(other, alone)
    rest = {*tests, *known.spent}
    told = told_left_out(check.id, rest, chosen, candidate.settings.budget_s(check.tier), known.spent)
    pair = Compared("tests", reading, other, left_out=told)
    return _again((candidate, base), some, paths, pair, deadline)


def _base(base: Lab, check: Planned, paths: Sequence[str], deadline: Deadline) -> Reading:
    """The same check on the base tree; of a focused run the files that it has."""
    if not check.only or check.check.role != "tests":
        return _timed(base, check, paths, deadline)
    existing = [path for path in check.only if path.partition("::")[0] in base.files]
    if not existing:
        return Reading(check.id, Outcome.PASSED, metrics={"collected": 0.0})
    return _timed(base, check.narrowed(existing), paths, deadline)


def _again(
    trees: tuple[Lab, Lab], check: Planned, paths: Sequence[str], pair: Compared, deadline: Deadline
) -> Compared:
    """The same with what further runs tell of its suspects."""
    candidate, base = trees
    failed = suspects(pair.candidate, pair.base) if pair.candidate.outcome is Outcome.FAILED else ()
    more = retry(candidate, base, check, failed, touched=paths, deadline=deadline)
    told = pair.base
    if told is not None and told.outcome is not Outcome.UNKNOWN and more.before:
        cases = {**told.cases, **dict.fromkeys(more.before, "failed")}
        told = replace(told, cases=cases, outcome=Outcome.FAILED)
    return replace(
        pair, base=told, again=more.readings, calls=more.calls, quarantined=more.quarantined,
        company=more.company,
    )  # fmt: skip


def _timed(
    lab: Lab, check: Planned, paths: Sequence[str], deadline: Deadline, *, share: float = 1.0
) -> Reading:
    """A measurement in the time left or a share of it; what is known already needs none. Waiting for others
    who measure the same is not on this account.
    """
    check = _own(lab, check)
    measured = check.check.role == "tests" and (check.tier > 0 or not check.only) and not check.further
    seconds = share * deadline.left()
    return measure(
        lab, check, wall_s=seconds, changed=paths, coverage=measured, waited=deadline.extend,
        kept=teller(lab, check),
    )  # fmt: skip


def _own(lab: Lab, check: Planned) -> Planned:
    """A check that cannot run as one tree has it, as this tree has it: why it cannot is each tree's own."""
    if not check.table.get("problem"):
        return check
    return next((one for one in others(lab, check.tier) if one.name == check.name), check)
