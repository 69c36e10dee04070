"""The automation scope at landing (BKL-9): which limits a verified change does not keep."""

from collections.abc import Callable
from typing import Final

from windlass.policy.model import Breach, Change, Recent, Scope
from windlass.policy.sensitive_paths import restricted

DETAILS_MAX: Final = 20
"""Breaches kept for one limit; the change is refused with the first one already."""

Limit = Callable[[Change, Scope, Recent], list[str]]


def breaches(change: Change, scope: Scope, recent: Recent) -> tuple[Breach, ...]:
    """Every limit that the change breaks; empty means that it may land without a person."""
    return tuple(
        Breach(name, detail)
        for name, limit in LIMITS
        for detail in limit(change, scope, recent)[:DETAILS_MAX]
    )


def _restricted(change: Change, scope: Scope, _: Recent) -> list[str]:
    return [fact for path in change.paths if (fact := restricted(path, scope.restricted))]


def _protected(change: Change, _: Scope, __: Recent) -> list[str]:
    return [f"{path}: {why}" for path, why in change.protected]


def _files(change: Change, scope: Scope, _: Recent) -> list[str]:
    count = len(change.paths)
    return [f"{count} files, at most {scope.max_files}"] if count > scope.max_files else []


def _lines(change: Change, scope: Scope, _: Recent) -> list[str]:
    return [f"{change.lines} lines, at most {scope.max_lines}"] if change.lines > scope.max_lines else []


def _dependencies(change: Change, _: Scope, __: Recent) -> list[str]:
    return [f"adds the dependency {name!r}" for name in change.new_dependencies]


def _worth(change: Change, scope: Scope, _: Recent) -> list[str]:
    if change.wsjf is None or change.wsjf <= scope.max_wsjf:  # a NaN is a breach
        return []
    return [f"wsjf {change.wsjf:.2f}, at most {scope.max_wsjf:.2f}, and nobody has approved the work"]


def _unlabelled(change: Change, scope: Scope, _: Recent) -> list[str]:
    if not scope.label or change.labels is None or scope.label in change.labels:
        return []
    return [f"its item has no label {scope.label!r}"]


def _daily(_: Change, scope: Scope, recent: Recent) -> list[str]:
    reached = recent.landed_today >= scope.daily_prs
    return [f"{recent.landed_today} changes today, at most {scope.daily_prs}"] if reached else []


def _failing(_: Change, scope: Scope, recent: Recent) -> list[str]:
    if recent.runs < max(1, scope.ci_runs_min):
        return []
    share = recent.failed_runs / recent.runs
    if share <= scope.ci_failure_threshold:
        return []
    limit = f"at most {scope.ci_failure_threshold:.0%}"
    return [f"{recent.failed_runs} of {recent.runs} recent runs failed, {limit}"]


def _coverage(_: Change, scope: Scope, recent: Recent) -> list[str]:
    if recent.coverage is None or recent.coverage >= scope.min_coverage:
        return []
    return [f"coverage {recent.coverage:.1f} %, at least {scope.min_coverage:.1f} %"]


LIMITS: Final[tuple[tuple[str, Limit], ...]] = (
    ("restricted", _restricted),
    ("protected", _protected),
    ("max_files", _files),
    ("max_lines", _lines),
    ("new_dependencies", _dependencies),
    ("max_wsjf", _worth),
    ("label", _unlabelled),
    ("daily_prs", _daily),
    ("ci_failure_threshold", _failing),
    ("min_coverage", _coverage),
)
