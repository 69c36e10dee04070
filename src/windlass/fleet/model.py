"""Instances: running agents or worker hosts that take tasks, and the lifecycle of one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from windlass.kernel import Invalid, Machine

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}")
"""No slash: the workers of an instance are called `NAME/1`, `NAME/2`, …"""
WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:@/+#-]{0,99}")
WORDS_MAX: Final = 100
CAPACITY_MAX: Final = 10_000
BEAT_MIN_S, BEAT_MAX_S = 0.5, 3_600.0


class InstanceState(Enum):
    """What an instance, or somebody about it, said last."""

    LIVE = "live"
    DRAINING = "draining"
    """Ends what it has and takes nothing new."""
    LEFT = "left"
    DEAD = "dead"
    """Declared dead; a beat brings it back."""


_S = InstanceState
INSTANCE: Final = Machine(
    "instance",
    {
        _S.LIVE: frozenset({_S.DRAINING, _S.LEFT, _S.DEAD}),
        _S.DRAINING: frozenset({_S.LIVE, _S.LEFT, _S.DEAD}),
        _S.DEAD: frozenset({_S.LIVE, _S.LEFT}),
        _S.LEFT: frozenset({_S.LIVE}),
    },
)


class Standing(Enum):
    """What is known about an instance now. Unknown is not dead: nothing is taken from it."""

    ALIVE = "alive"
    UNKNOWN = "unknown"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Instance:
    """One registered instance. `skills` are levels from 0 to 1; `capacity` is how many tasks it may hold;
    times are unix seconds by the database's clock.
    """

    name: str
    kind: str
    host: str
    lanes: tuple[str, ...]
    skills: Mapping[str, float]
    capacity: int
    state: InstanceState
    reason: str
    beat: float
    beat_every_s: float
    started_at: float
    version: str

    def is_mine(self, worker: str) -> bool:
        """Whether a worker of this name belongs to the instance."""
        return worker == self.name or worker.startswith(f"{self.name}/")


def check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise Invalid(
            f"{name[:200]!r} is no name of an instance",
            hint="1 to 128 letters, digits and . _ : @ -, without a slash",
        )


def check_words(kind: str, words: tuple[str, ...]) -> None:
    """Lanes and skills are words that fit into a line."""
    if len(words) > WORDS_MAX:
        raise Invalid(f"{len(words)} {kind} are more than {WORDS_MAX}")
    for word in words:
        if not WORD.fullmatch(word):
            raise Invalid(f"{word[:200]!r} is no name for {kind}", hint="1 to 100 letters, digits and marks")


def check_level(skill: str, level: object) -> None:
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 <= level <= 1:
        raise Invalid(f"skill {skill!r} has level {level!r}", hint="a level is a number from 0 to 1")
