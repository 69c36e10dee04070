"""What a task, an agent's day and a repository's day may use up, and whether anything is left. Pure.

A turn begins only while every counter of every purse it draws on is below its limit. What has no measured
value is not below anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from windlass.meter import Caps, Scope


class Counter(Enum):
    """What is counted. All but the last two have a limit only where the settings give one."""

    TURNS = "turns"
    """Times that an agent was set to work, however that ended."""
    FAILURES = "failures"
    """Turns that broke, were refused or lost their lease."""
    REJECTIONS = "rejections"
    """Submissions that were sent back; of tasks alone."""
    REQUESTS = "requests"
    TOKENS = "tokens"
    MONEY = "micro-dollars"
    SECONDS = "seconds"
    """Under a lease, summed over turns."""
    UNMEASURED = "calls of unknown usage"
    UNPRICED = "calls of unknown cost"


UNKNOWN: Final = {Counter.TOKENS: Counter.UNMEASURED, Counter.MONEY: Counter.UNPRICED}
"""What may be missing from a counter: where that one is limited, so are the calls that it does not know."""
UNKNOWN_MAX: Final = Caps().unmeasured_max + 1
"""So many calls of unknown usage, or cost, are too many: as many as one line of the meter lets pass, and one.
"""
METERED: Final = (Counter.REQUESTS, Counter.TOKENS, Counter.MONEY)
"""What only the meter sees."""

Limits = tuple[tuple[Counter, int], ...]
Amounts = Mapping[Counter, int]


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of every scope; a counter that is not named has none.

    Those of agents and of the repository begin anew each day, in UTC. `task_of`: more limits of tasks, by
    the agent that works on them. `windows`: how many requests an agent may make in how many seconds.
    """

    task: Limits = ()
    agent_day: Limits = ()
    repository_day: Limits = ()
    task_of: tuple[tuple[str, Limits], ...] = ()
    windows: tuple[tuple[str, int, float], ...] = ()

    def of(self, scope: Scope) -> Limits:
        return {Scope.TASK: self.task, Scope.AGENT_DAY: self.agent_day, Scope.DAY: self.repository_day}[scope]

    def of_task(self, agent: str) -> Limits:
        """The limits of a task that this agent works on: of two for one counter the lower."""
        found = dict(self.task)
        for counter, limit in dict(self.task_of).get(agent, ()):
            found[counter] = min(limit, found.get(counter, limit))
        return tuple(found.items())

    @property
    def limits_tasks(self) -> bool:
        return bool(self.task or self.task_of)

    def limits(self, *counters: Counter) -> bool:
        """Whether it limits one of these in any scope."""
        of_agents = (one for _, limits in self.task_of for one in limits)
        every = (*self.task, *self.agent_day, *self.repository_day, *of_agents)
        return any(counter in counters for counter, _ in every)

    def __bool__(self) -> bool:
        return bool(self.task or self.agent_day or self.repository_day or self.task_of or self.windows)


@dataclass(frozen=True, slots=True)
class Purse:
    """One scope with its name: the budget of task 12, of an agent on a day, of a repository on a day.

    `key`: under which the meter counts its spend. `name`: for people.
    """

    scope: Scope
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What one purse has used of what. `extended`: added to the limits by people, with `answers` of them."""

    purse: Purse
    limits: Limits
    used: Amounts
    extended: Amounts = field(default_factory=dict)
    answers: int = 0
    since: float | None = None
    """When the first of it was used, unix seconds; None: nothing is used."""

    @property
    def bounds(self) -> dict[Counter, int]:
        """Every limit in force, extensions included."""
        given = dict(self.limits)
        given |= {other: UNKNOWN_MAX for one, other in UNKNOWN.items() if one in given}
        return {counter: limit + self.extended.get(counter, 0) for counter, limit in given.items()}

    @property
    def spent(self) -> tuple[Counter, ...]:
        """The counters that have reached their limit, or have one and no value."""
        bounds = self.bounds
        return tuple(one for one in bounds if one not in self.used or self.used[one] >= bounds[one])

    def left(self, counter: Counter) -> int | None:
        """What may still be used; None: without a limit, or not known."""
        limit, used = self.bounds.get(counter), self.used.get(counter)
        return None if limit is None or used is None else max(0, limit - used)


def extension(standing: Standing, times: int) -> dict[Counter, int]:
    """What to add so that each counter that is used up has `times` its limit left, and no other changes."""
    given, bounds = dict(standing.limits), standing.bounds
    return {
        one: times * given.get(one, UNKNOWN_MAX) + max(0, standing.used[one] - bounds[one])
        for one in standing.spent
        if one in standing.used
    }


def told(standing: Standing, counters: Sequence[Counter]) -> str:
    """How much of which limit is used, in words."""
    return ", ".join(
        f"{amount(one, standing.used.get(one))} of {amount(one, standing.bounds[one])}" for one in counters
    )


def amount(counter: Counter, value: int | None) -> str:
    """A value with its unit, for people; None is unknown."""
    if counter is Counter.MONEY:
        return "an unknown sum" if value is None else f"${value / 1_000_000:.2f}"
    return f"{'unknown' if value is None else value} {counter.value}"
