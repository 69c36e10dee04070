"""What checks measure and what the gate concludes. Unknown is a value of its own and never passes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from windlass.plan import Demand
from windlass.verify.patch import MEND, Patch

CASES_MAX: Final = 200_000
"""Test cases one reading may hold; a run that reports more is UNKNOWN."""
DETAIL_MAX: Final = 8_000
"""Characters of a reading's detail that are kept: the end, where programs say what went wrong."""
WHYS_MAX: Final = 500
"""Keys of one reading that are told with their lines."""
WHY_MAX: Final = 200
"""Characters of what one of them says."""
SAID_MAX: Final = 5
"""Failed tests that are told with what they said."""
LINES_MAX: Final = 5
"""Lines of one key that are named."""
OUTSIDE: Final = "outside"
"""Metric set on an UNKNOWN that came from around the check (sandbox, environment), not from the tree."""
TIMED_OUT: Final = "timed_out"
"""Metric set on an UNKNOWN whose run was ended by its budget."""
ALLOWED_S: Final = "allowed_s"
"""Metric beside it: the seconds the run was given."""
UNTOLD: Final = "coverage_untold"
"""Metric set where coverage was asked for, and its report is missing or says nothing of this tree."""
BROKEN: Final = "broken"
"""Metric beside counts that are no debt: so many fail a tree also where it differs from nothing."""
UNRUN: Final = "unrun"
"""Metric of a reading of which a part could not run, for no fault of the tree; its detail says which."""
UNRESOLVED: Final = "unresolved"
"""Metric set on an UNKNOWN whose question the budget did not answer: nothing is wrong, nothing is proved."""


class Outcome(Enum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one check measured on one tree.

    `cases`: test id (`path::name`, or `path` for a file that cannot be collected) to passed | failed | error
    | skipped. `why`: what a failed or broken case said, in one line.
    `counts`: `path|rule` to the number of violations. `metrics`: named numbers, e.g. `coverage` in percent.
    `seconds`: wall time of the run. `spent`: seconds per test file that was run to its end, also of a run
    that was not. `reach`: what every test ran, as a recorder reports it; kept apart from the evidence.
    `lines`: of changed files, the lines that could run, as a report of coverage has them: whether one did.
    """

    check: str
    outcome: Outcome
    seconds: float = 0.0
    metrics: Mapping[str, float] = field(default_factory=dict)
    cases: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    detail: str = ""
    spent: Mapping[str, float] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    reach: bytes = field(default=b"", repr=False, compare=False)
    lines: Mapping[str, Mapping[int, bool]] = field(default_factory=dict, repr=False)

    def saying(self, found: Iterable[tuple[str, int, str]]) -> "Reading":
        """With `why` of what is counted, from the key, line and words of each: which of them is new nobody
        knows, so all lines are named, and the words of the first.
        """
        lines: dict[str, list[int]] = {}
        words: dict[str, str] = {}
        for key, line, text in found:
            if key in lines or len(lines) < WHYS_MAX:
                lines.setdefault(key, []).append(line)
                words.setdefault(key, shortened(" ".join(text.split())[:WHY_MAX]))
        return replace(self, why={key: f"{_lines(at)}: {words[key]}" for key, at in lines.items()})

    def because(self, cases: Collection[str]) -> list[str]:
        """Tests with what the first of them said."""
        named = [(case, self.why.get(case, "")) for case in sorted(cases)]
        return [f"{case} ({why})" if why and at < SAID_MAX else case for at, (case, why) in enumerate(named)]

    @property
    def failures(self) -> frozenset[str]:
        """Test ids that failed or broke."""
        return frozenset(case for case, result in self.cases.items() if result in ("failed", "error"))

    @property
    def owed(self) -> bool:
        """Whether all that is wrong is counted and may be paid off step by step."""
        return bool(self.counts) and not self.metrics.get(BROKEN)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A reading bound to the exact tree and environment it was made in, and how strongly the run was held."""

    tree: str
    check: str
    environment: str
    reading: Reading
    sandbox: str
    at: float


class Base(Enum):
    """What an acceptance check or one of the change's own tests did on the code before the change.

    FAILED, MISSING: it is red; MISSING because of a name that only the change brings. UNREADABLE: it was not
    collected, for an error of syntax. FLAKY: it failed and passed.
    """

    FAILED = "failed"
    MISSING = "missing"
    PASSED = "passed"
    SKIPPED = "skipped"
    UNREADABLE = "unreadable"
    FLAKY = "flaky"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Shown:
    """One test or command, run on the base's code and on the change. `why`: what it said where it failed.
    `asked`: it is an acceptance check of the task.
    """

    check: str
    base: Base
    change: Outcome
    why: str = ""
    asked: bool = False

    @property
    def red_and_green(self) -> bool:
        return self.base in (Base.FAILED, Base.MISSING) and self.change is Outcome.PASSED

    def __str__(self) -> str:
        why = f" ({self.why})" if self.why else ""
        return f"{self.check}: {self.base.value} on the base, {self.change.value} on the change{why}"


@dataclass(frozen=True, slots=True)
class Cycle:
    """What the micro cycle of a change showed: by which playbook, on which trees, check by check.

    `laid`: the tree of the base's code with the change's tests, which `base` of each line is about. `notes`:
    what the playbook has said, or asks a person about.
    """

    playbook: str
    tree: str
    laid: str
    shown: tuple[Shown, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deferred:
    """A check, or a part of one, that a tier left out: why, and what it is expected to take, in seconds; None
    where nobody knows.
    """

    check: str
    why: str
    seconds: float | None = None

    def __str__(self) -> str:
        late = "" if self.seconds is None else f" (takes about {self.seconds:.0f} s)"
        return f"{self.check}: {self.why}{late}"


@dataclass(frozen=True, slots=True)
class Unable:
    """A check that the project sets up and that cannot start: why, and what to do. It neither passes nor
    refuses.
    """

    check: str
    why: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The gate's answer for one tree against its base tree.

    `reasons` say why it is not a pass (empty when it is), each with what to do about it where that is known.
    `known`: failures of the base tree,
    not blamed. `flaky`: tests with both outcomes on this tree, not blamed. `quarantined`: tests that failed
    and do not block. `deferred`: what was left out, and
    why. `doubts`: what a person has to look at before it lands, though nothing speaks against it.
    `base_readings`: what was measured of the base tree beside it. `patch`: which of the added lines tests
    ran. `unable`: what the project sets up and that could not start.
    """

    tree: str
    base_tree: str
    outcome: Outcome
    reasons: tuple[str, ...]
    known: tuple[str, ...]
    flaky: tuple[str, ...]
    deferred: tuple[Deferred, ...]
    seconds: float
    tiers: tuple[int, ...]
    readings: tuple[Reading, ...]
    doubts: tuple[str, ...] = ()
    cycle: Cycle | None = None
    base_readings: tuple[Reading, ...] = ()
    quarantined: tuple[str, ...] = ()
    patch: Patch = field(default_factory=Patch)
    unable: tuple[Unable, ...] = ()

    def part(self, tree: str, base_tree: str, paths: Collection[str]) -> "Judgement":
        """What it says of one of several changes that were judged together: `paths` are those it touches.
        Where another one touches them too, the lines of both count for both.
        """
        return held(replace(self, tree=tree, base_tree=base_tree, patch=self.patch.of(paths)))


def held(judgement: Judgement) -> Judgement:
    """The judgement, held to the bound of its patch coverage where that is set to refuse. The lines are told
    beside other reasons too: whoever mends those can add the tests at once.
    """
    patch = judgement.patch
    if patch.bound.below is not Demand.REFUSE or not patch.short:
        return judgement
    reason = f"patch coverage: {patch.short} ({MEND})"
    return replace(judgement, outcome=Outcome.FAILED, reasons=(*judgement.reasons, reason))


def _lines(at: Sequence[int]) -> str:
    named = ", ".join(map(str, at[:LINES_MAX]))
    more = f" and {len(at) - LINES_MAX} more" if len(at) > LINES_MAX else ""
    return f"line{'s' if len(at) > 1 else ''} {named}{more}"


def shortened(text: str) -> str:
    """The end of `text`, at most `DETAIL_MAX` characters, without NUL (PostgreSQL stores none) and lone
    surrogates.
    """
    clean = text.replace("\0", "").encode("utf-8", "replace").decode()
    return clean if len(clean) <= DETAIL_MAX else "…" + clean[-DETAIL_MAX + 1 :]
