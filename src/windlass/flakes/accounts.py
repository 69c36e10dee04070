"""From tallies to what is believed of each test. Pure."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from windlass.flakes.beta import DEFAULT, Beta, learned
from windlass.flakes.model import Record, Tally


@dataclass(frozen=True, slots=True)
class Suite:
    """How many tests the suite has, by its newest whole run, and how often it was run whole. `gone`: a test
    that was last seen before this moment, unix seconds, has missed so many whole runs that it is no more.
    """

    tests: int
    rounds: int
    gone: float = 0.0


def records(tallies: Sequence[Tally], suite: Suite | None) -> Mapping[str, Record]:
    """What the main branch says of every test that has failed there, by test."""
    by_test: dict[str, list[Tally]] = defaultdict(list)
    for one in tallies:
        by_test[one.test].append(one)
    belief = prior(tallies, suite)
    return {test: record(test, mine, belief) for test, mine in by_test.items()}


def prior(tallies: Sequence[Tally], suite: Suite | None) -> Beta:
    """What is believed of a test of this repository before it has failed: learned from all of them."""
    if suite is None:
        return DEFAULT
    runs: dict[str, tuple[int, int]] = {}
    for one in _good(tallies):
        failed, passed = runs.get(one.test, (0, 0))
        runs[one.test] = failed + one.failed, passed + one.passed
    clean = max(0, suite.tests - len(runs))
    return learned([*((*counts, 1) for counts in runs.values()), (0, suite.rounds, clean)])


def record(test: str, tallies: Collection[Tally], belief: Beta) -> Record:
    """What the tallies of one test say. On a tree where it never passed it may be broken in earnest."""
    good = _good(tallies)
    failed, passed = sum(one.failed for one in good), sum(one.passed for one in good)
    flips = [one.at for one in good if one.flip]
    clean = sum(one.passed for one in good if not flips or one.at > max(flips))
    last = max((one.at for one in tallies), default=0.0)
    return Record(test, failed, passed, len(flips), clean, belief.after(failed, passed), last)


def _good(tallies: Collection[Tally]) -> list[Tally]:
    return [one for one in tallies if one.passed]
