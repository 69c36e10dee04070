"""Tests that fail by themselves: what was seen of them, and how far each has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from windlass.flakes.beta import Beta
from windlass.kernel import Machine


class FlakyState(Enum):
    """FLAKY: it had both results on one tree of the main branch. QUARANTINED: it runs and does not block.
    OVERDUE: its quarantine has reached its deadline, it blocks again. STABLE: it is sound, or was released.
    """

    FLAKY = "flaky"
    QUARANTINED = "quarantined"
    OVERDUE = "overdue"
    STABLE = "stable"


FLAKY: Final = Machine(
    "flaky test",
    {
        FlakyState.FLAKY: frozenset({FlakyState.QUARANTINED, FlakyState.STABLE}),
        FlakyState.QUARANTINED: frozenset({FlakyState.OVERDUE, FlakyState.STABLE}),
        FlakyState.OVERDUE: frozenset({FlakyState.QUARANTINED, FlakyState.STABLE}),
        FlakyState.STABLE: frozenset({FlakyState.FLAKY}),
    },
)
UNSOUND: Final = (FlakyState.FLAKY, FlakyState.QUARANTINED, FlakyState.OVERDUE)
"""What counts as a flaky test."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one run of tests said on one tree. `cases`: test to passed | failed | error | skipped. `whole`: it
    was the whole suite. `at`: unix seconds.
    """

    repository: int
    tree: str
    environment: str
    cases: Mapping[str, str]
    at: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """Results of one test on one tree in one environment; both kinds are a flip."""

    test: str
    tree: str
    environment: str
    failed: int
    passed: int
    at: float

    @property
    def flip(self) -> bool:
        return self.failed > 0 and self.passed > 0


@dataclass(frozen=True, slots=True)
class Record:
    """What the main branch says of one test.

    `failed`, `passed`: runs on trees where it passed at least once. `flips`: how many of those trees, each in
    one environment, saw both. `clean`: passes since it failed last. `belief`: the posterior of its rate.
    `last`: unix seconds of its newest run, 0 if there is none.
    """

    test: str
    failed: int
    passed: int
    flips: int
    clean: int
    belief: Beta
    last: float = 0.0

    @property
    def before(self) -> Beta:
        """What was believed before the clean passes."""
        return Beta(self.belief.a, self.belief.b - self.clean)


@dataclass(frozen=True, slots=True)
class Flaky:
    """One flaky test. `since`: unix seconds when it came into its state; `until`: when its quarantine ends.
    `counted_from`: what was seen earlier counts no more. `item`: the backlog's item about it.
    """

    test: str
    state: FlakyState
    since: float
    until: float | None = None
    reason: str = ""
    by: str = ""
    item: int | None = None
    counted_from: float = 0.0

    @property
    def unsound(self) -> bool:
        """Whether it counts as a flaky test."""
        return self.state in UNSOUND
