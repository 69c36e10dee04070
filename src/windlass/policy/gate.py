"""The supervision gate (PLN-1): complexity and risk of work from facts, each reason naming its fact.

Low complexity and low risk go through; high complexity waits for an approved plan; high risk, whatever the
complexity, waits for a plan and an audit. A severity, a path or a number that it cannot judge counts as high.
"""

from collections.abc import Callable
from typing import Final

from windlass.policy.model import Assessment, Grade, Route, Scope, Work
from windlass.policy.sensitive_paths import restricted, sensitive

Rule = Callable[[Work, Scope], str | None]
"""The fact that makes work complex or risky, in words, or None."""

REASON_PATHS_MAX: Final = 10
"""Paths named one by one; more are counted."""
FAILURES_RISKY: Final = 2
SIZE_COMPLEX: Final = 5
"""Job size in points from which work is complex: 5, 8 and 13 on the scale 1, 2, 3, 5, 8, 13."""

COMPLEX_KINDS: Final = frozenset(
    {"architecture", "design", "feature", "performance", "refactor", "refactoring"}
)
RISKY_KINDS: Final = frozenset({"dependency", "incident", "migration", "secret", "security", "vulnerability"})
CALM: Final = frozenset(
    {
        "", "none", "note", "info", "information", "hint", "low", "minor", "warning", "medium", "moderate",
        "error",
    }
)  # fmt: skip
"""Severities that a mistake does not make worse; linters say `error` for the least of findings."""


def _many_files(work: Work, scope: Scope) -> str | None:
    count = len(work.paths)
    return f"{count} files, more than {scope.max_files}" if count > scope.max_files else None


def _no_paths(work: Work, _: Scope) -> str | None:
    return None if work.paths else "no path is known, so nothing bounds what it may touch"


def _many_lines(work: Work, scope: Scope) -> str | None:
    if work.lines is None or work.lines <= scope.max_lines:
        return None
    return f"{work.lines} lines, more than {scope.max_lines}"


def _big(work: Work, _: Scope) -> str | None:
    return f"job size {work.size}, {SIZE_COMPLEX} or more" if work.size >= SIZE_COMPLEX else None


def _complex_kind(work: Work, _: Scope) -> str | None:
    return f"kind {work.category!r} needs a design" if work.category.lower() in COMPLEX_KINDS else None


def _critical_rank(work: Work, scope: Scope) -> str | None:
    """What a tool mends by itself ranks high because it is small, not because much depends on it."""
    if work.fixable or work.wsjf <= scope.max_wsjf:  # a NaN falls through to the reason
        return None
    return f"wsjf {work.wsjf:.2f}, more than the {scope.max_wsjf:.2f} that is approved without a person"


def _failed_before(work: Work, _: Scope) -> str | None:
    return f"{_attempts(work)} on these paths failed" if work.failures > 0 else None


def _failed_often(work: Work, _: Scope) -> str | None:
    if work.failures < FAILURES_RISKY:
        return None
    return f"{_attempts(work)} on these paths failed, {FAILURES_RISKY} or more"


def _attempts(work: Work) -> str:
    return "1 earlier attempt" if work.failures == 1 else f"{work.failures} earlier attempts"


def _risky_kind(work: Work, _: Scope) -> str | None:
    return f"kind {work.category!r} is risky by nature" if work.category.lower() in RISKY_KINDS else None


def _severe(work: Work, _: Scope) -> str | None:
    return None if calm(work.severity) else f"severity {work.severity!r}"


COMPLEXITY: Final[tuple[Rule, ...]] = (
    _no_paths, _many_files, _many_lines, _big, _complex_kind, _critical_rank, _failed_before,
)  # fmt: skip
RISK: Final[tuple[Rule, ...]] = (_risky_kind, _severe, _failed_often)


def assess(work: Work, scope: Scope) -> Assessment:
    """Grade the work; every reason names the axis and the fact that caused it."""
    complexity = [f"complexity: {fact}" for rule in COMPLEXITY if (fact := rule(work, scope))]
    risk = [f"risk: {fact}" for rule in RISK if (fact := rule(work, scope))]
    risk += [f"risk: {fact}" for fact in _sensitive_paths(work, scope)]
    return Assessment(_grade(complexity), _grade(risk), (*complexity, *risk))


def route(assessment: Assessment) -> Route:
    if assessment.risk is not Grade.LOW:
        return Route.STRICT
    return Route.AUTO if assessment.complexity is Grade.LOW else Route.PLAN


def calm(severity: str) -> bool:
    """Is `severity` known not to make a mistake worse? Unknown words are not."""
    return severity.lower() in CALM


def _sensitive_paths(work: Work, scope: Scope) -> list[str]:
    facts = [fact for path in work.paths if (fact := restricted(path, scope.restricted) or sensitive(path))]
    if len(facts) <= REASON_PATHS_MAX:
        return facts
    return [*facts[:REASON_PATHS_MAX], f"{len(facts) - REASON_PATHS_MAX} more sensitive paths"]


def _grade(reasons: list[str]) -> Grade:
    return Grade.HIGH if reasons else Grade.LOW
