"""The port of runners: who takes which work and does it, in the sandbox, with the attempt's files at hand."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Final, Protocol, runtime_checkable

from windlass.dispatch.model import FindingRef
from windlass.kernel import Family
from windlass.sandbox import Limits

WORK_LIMITS: Final = Limits(wall_s=3600.0)
"""Of each program of an attempt whose runner has no profile."""


class Ending(Enum):
    """How a runner says that it ended. A word, not a proof: the tree is looked at in any case."""

    CHANGED = "changed"
    NOTHING = "nothing"
    CANNOT = "cannot"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RunnerOutcome:
    kind: Ending
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an item asks for, before anybody works on it."""

    source: str
    rule: str
    category: str
    fixable: bool
    paths: tuple[str, ...]

    def fits(self, sources: Collection[str], rules: Collection[str], categories: Collection[str]) -> bool:
        """Whether this is among what is named; an empty list names all.

        A rule that ends in `*` stands for every rule that begins so.
        """
        return (
            (not sources or self.source in sources)
            and (not categories or self.category in categories)
            and (not rules or any(_fits(self.rule, rule) for rule in rules))
        )


def _fits(rule: str, pattern: str) -> bool:
    return rule.startswith(pattern[:-1]) if pattern.endswith("*") else rule == pattern


@dataclass(frozen=True, slots=True)
class Assignment:
    """All that a runner is told. `paths` are the only files it may change; one that ends in `/` is a
    folder. `prompt`: how its profile says to work; `model`: with which, empty where it does not say.
    """

    task: int
    fence: int
    attempt: int
    title: str
    instructions: str
    source: str
    category: str
    rules: tuple[str, ...]
    paths: tuple[str, ...]
    findings: tuple[FindingRef, ...]
    feedback: str
    base: str
    branch: str
    snapshot: str = ""
    """The commit of what the last attempt left unfinished, on its own base; empty where there is none."""
    prompt: str = ""
    model: str = ""

    def dump(self) -> str:
        """JSON of one object, for programs that read their task."""
        return json.dumps(asdict(self), indent=1)


@dataclass(frozen=True, slots=True)
class RunnerSpec:
    """A configured runner: the kind of plug-in and its settings, and what its profile says, if it has one.

    `limits` hold for each program of an attempt. `model`: the only one that may be asked; empty: any of the
    provider's. The meter lets `requests_max` pass in any `window_s` seconds; None: any number. `prompt`: what
    it is told before every task. `provider`: whose models its attempts may ask; empty: nobody's.
    """

    kind: str
    settings: Mapping[str, Any]
    provider: str = ""
    limits: Limits = WORK_LIMITS
    prompt: str = ""
    model: str = ""
    requests_max: int | None = None
    window_s: float = 3600.0


class Taker(Protocol):
    def accepts(self, offer: Offer) -> bool:
        """Whether this runner takes such work. Asked without files at hand; must not run anything."""
        ...


@runtime_checkable
class Runner(Taker, Protocol):
    def work(self, assignment: Assignment) -> RunnerOutcome:
        """Do it. `tools.run` has the attempt's files as its working directory, in the sandbox."""
        ...


class Outside(Taker, Protocol):
    """A runner without `work`: agents that connect by themselves do it."""

    @property
    def lane(self) -> str:
        """Where tasks wait for them."""
        ...


RUNNERS: Final[Family[Runner | Outside]] = Family("runners", "windlass.plugins.runners")
