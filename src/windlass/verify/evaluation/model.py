"""What is measured of a change, on four axes. A figure that nobody could measure is unknown, never zero."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from windlass.kernel import Invalid


class Axis(Enum):
    PERFORMANCE = "performance"
    QUALITY = "quality"
    SECURITY = "security"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each axis counts; only their proportions matter."""

    performance: float = 0.30
    quality: float = 0.25
    security: float = 0.25
    value: float = 0.20

    def of(self, axis: Axis) -> float:
        return float(getattr(self, axis.value))


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement. `score` is 0 to 1, larger is better; None where it is unknown, with `why`.

    `base`: the same on the tree the change was made from, None where there is no such thing. `solves`: it
    says how much of the work is done, which goes before every other figure.
    """

    axis: Axis
    name: str
    score: float | None
    value: float | None = None
    base: float | None = None
    unit: str = ""
    source: str = ""
    why: str = ""
    solves: bool = False
    runs: tuple[float, ...] = ()
    """Where it was measured several times: each run's share of the base's run beside it."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one tree against the tree it came from; `lines` added and removed; `at` unix seconds.

    `refused`: why the gate did not pass it; then nothing else was measured and it wins against nobody.
    """

    tree: str
    base_tree: str
    at: float
    lines: int = 0
    figures: tuple[Figure, ...] = ()
    refused: str = ""

    def figure(self, name: str) -> Figure | None:
        return next((one for one in self.figures if one.name == name), None)

    def dump(self) -> str:
        return json.dumps(asdict(self), default=lambda value: value.value, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a change is held against: commands that must succeed, the findings it is to mend (path, rule,
    text), and the files its task names.
    """

    accept: tuple[str, ...] = ()
    findings: tuple[tuple[str, str, str], ...] = ()
    paths: tuple[str, ...] = ()
    rounds: int = 3
    """Runs of the tests on each of the two trees, in turn."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What the tools said, before anything is made of it; None: nobody could tell, and `why` says why.

    `costs`: per round (base, candidate), each with wall_s, cpu_s, peak_mb. `ruff`: counts by `path|what` of
    (base, candidate) for the changed files. `reached`: changed lines that tests ran, of how many.
    `packages`: the installed ones of both trees. `accepted`: commands that succeeded, of how many.
    `mended`: tests that failed on the base and pass now, of how many. `resolved`: findings gone, of how many.
    """

    lines: int
    files: int
    named: int
    costs: Sequence[tuple[Mapping[str, float], Mapping[str, float]]] = ()
    ruff: tuple[Mapping[str, int], Mapping[str, int]] | None = None
    reached: tuple[int, int] | None = None
    secrets: Sequence[str] = ()
    packages: tuple[Mapping[str, str], Mapping[str, str]] | None = None
    accepted: tuple[int, int] | None = None
    mended: tuple[int, int] | None = None
    resolved: tuple[int, int] | None = None
    why: Mapping[str, str] = field(default_factory=dict)


def parse_evaluation(text: str) -> Evaluation:
    """Read back what `Evaluation.dump` wrote."""
    try:
        table: Mapping[str, Any] = json.loads(text)
        figures = tuple(
            Figure(**{**one, "axis": Axis(one["axis"]), "runs": tuple(one["runs"])})
            for one in table["figures"]
        )
        return Evaluation(**{**table, "figures": figures})
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"an evaluation cannot be read: {error!r}") from error
