"""The port of runners: whoever does the work, inside the sandbox, with the attempt's files as its folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Final, Protocol

from windlass.dispatch.model import FindingRef
from windlass.kernel import Family


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


@dataclass(frozen=True, slots=True)
class Assignment:
    """All that a runner is told. `paths` are the only files it may change; one that ends in `/` is a
    folder.
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

    def dump(self) -> str:
        """JSON of one object, for programs that read their task."""
        return json.dumps(asdict(self), indent=1)


@dataclass(frozen=True, slots=True)
class RunnerSpec:
    """A configured runner: the kind of plug-in and its settings."""

    kind: str
    settings: Mapping[str, Any]


class Runner(Protocol):
    def accepts(self, offer: Offer) -> bool:
        """Whether this runner could do such work. Asked without files at hand; must not run anything."""
        ...

    def work(self, assignment: Assignment) -> RunnerOutcome:
        """Do it. `tools.run` has the attempt's files as its working directory, in the sandbox."""
        ...


RUNNERS: Final[Family[Runner]] = Family("runners", "windlass.plugins.runners")
