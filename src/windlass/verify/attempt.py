"""The port of whoever tries faults one after the other: which tests to run on which fault, and what was seen.

A check that runs tests may have this ability; what it tells was written beside hostile code: bounded, and
believed for a score, never for a verdict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Protocol, runtime_checkable

from windlass.verify.check import Scene
from windlass.verify.mutants import Mutant

ATTEMPTS_MAX: Final = 5_000
"""Faults of one run."""


class Fate(Enum):
    """What became of a mutant. UNCLEAR: its tests fail without it as well when they run alone."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"
    UNCLEAR = "unclear"
    NOT_REACHED = "not reached"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A fault (None: the tree as it is) and its tests in the order to run them, none for all. `cpu_s`,
    `wall_s`: bounds on one run.
    """

    mutant: Mutant | None
    tests: tuple[str, ...]
    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Attempted:
    """What was seen. `ran`: tests, with `tests_s` of their own; `seconds` with starting and collecting.
    `failed`: the first test that failed, after `failed_s` seconds of tests. `why`: what ended it otherwise.
    `each`: seconds of every test without its parameters, of a run without a fault.
    """

    fate: Fate
    ran: int = 0
    tests_s: float = 0.0
    seconds: float = 0.0
    failed: str = ""
    failed_s: float | None = None
    why: str = ""
    each: Mapping[str, float] = field(default_factory=dict)


@runtime_checkable
class Attempting(Protocol):
    """The ability to try faults in one sandbox, one after the other."""

    def attempted(self, scene: Scene, attempts: Sequence[Attempt], *, within_s: float) -> list[Attempted]:
        """What became of each attempt, in their order; NOT_TRIED from where the seconds were over. A run
        with a fault ends at the first failure. Raises Unavailable when nothing could be tried at all.
        """
        ...
