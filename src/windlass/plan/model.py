"""Nouns of planning: its settings, what it proposes for an item, and what one tick did."""

from dataclasses import dataclass, field
from typing import Final

from windlass.backlog import Finding, Item, RankSettings
from windlass.policy import Assessment, Route, Scope

NO_RUNNER: Final = "no runner accepts it"
"""How the reason of an item begins that waits for a runner; such items are looked at again on every tick."""


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """`questions_max`: gate decisions open at once in one repository; more items stay open meanwhile."""

    rank: RankSettings = field(default_factory=RankSettings)
    scope: Scope = field(default_factory=Scope)
    questions_max: int = 50


@dataclass(frozen=True, slots=True)
class Proposal:
    """The next slice of an item: these findings in these files, by this runner, on this route."""

    item: Item
    findings: tuple[Finding, ...]
    paths: tuple[str, ...]
    runner: str
    assessment: Assessment
    route: Route


@dataclass(frozen=True, slots=True)
class Planned:
    """The ids of the items that a tick moved, in the order they were taken.

    `held_back`: items that need a person while `questions_max` questions are open already. `late`: items that
    came back while the look for work was under way, and wait for the next one.
    """

    routed: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()
    blocked: tuple[int, ...] = ()
    declined: tuple[int, ...] = ()
    held_back: tuple[int, ...] = ()
    late: tuple[int, ...] = ()
