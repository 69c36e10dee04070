"""The pawl: where a bound stands after what was measured, and whether a value holds it. Pure.

A bound is never stored; it follows from the points on the branch, so that two branches have nothing to fight
over, and nobody can loosen it by writing a file. Only a person's own point moves it back, on record.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from windlass.ratchet.model import Better, Finding, Metric, Point, Standing, Value

_FIX: Final = {
    "coverage": "test the lines that the change adds, or take out code that nothing runs",
    "lint": "mend what the linter tells of the changed files",
    "flaky": "mend those that `windlass flaky list` tells",
    "types": "mend what the type checker tells of the changed files",
}


def standing(metric: Metric, points: Sequence[Point]) -> Standing:
    """Where a metric stands after its points, oldest first.

    It tightens by one step once `needed` values in a row were an improvement on the bound, at most once in
    `every_s` seconds, and never beyond the target or the least of those values.
    """
    bound, since = metric.start, None
    row: list[float] = []
    for point in points:
        if point.by or bound is None:
            bound, since, row = point.value, point.at, []
            continue
        row = [*row, point.value] if metric.gain(point.value, bound) >= metric.threshold else []
        due = since is None or point.at - since >= metric.every_s
        if len(row) >= metric.needed and due and not metric.reached(bound):
            bound, since = _tighter(metric, bound, row), point.at
            row = [value for value in row if metric.gain(value, bound) >= metric.threshold]
    return Standing(metric, tuple(points), bound, since, len(row))


def _tighter(metric: Metric, bound: float, row: Iterable[float]) -> float:
    """The bound after one step."""
    limits = [*row, metric.moved(bound, metric.step)] if metric.step else list(row)
    if metric.target is not None:
        limits.append(metric.target)
    return min(limits) if metric.better is Better.UP else max(limits)


def judge(at: Standing, value: Value, base: Value) -> Finding:
    """Whether a tree's value holds the bound.

    A change is not blamed for a base that is beyond the bound already, unless it makes that worse. What could
    be measured before and cannot be now is unknown, and so is a metric that has a command without a number.
    """
    metric, bound = at.metric, at.bound
    if value.value is None:
        expected = bound is not None and (at.latest is not None or bool(metric.command))
        why = value.why or "nothing measures it"
        return Finding(metric, bound, value, None if expected else True, why)
    if bound is None or at.holds(value.value):
        return Finding(metric, bound, value, True)
    if base.value is not None and metric.gain(value.value, base.value) >= 0:
        return Finding(metric, bound, value, True, f"{metric.told(base.value)} before the change already")
    return Finding(metric, bound, value, False, _told(metric, bound, value.value, base))


def _told(metric: Metric, bound: float, value: float, base: Value) -> str:
    side = "below" if metric.better is Better.UP else "above"
    spare = f" by more than {metric.told(metric.tolerance)}" if metric.tolerance else ""
    before = f", {metric.told(base.value)} before the change" if base.value is not None else ""
    fix = _FIX.get(metric.name, f"run `{metric.command}` on both" if metric.command else "look at both trees")
    told = f"{metric.name} is {metric.told(value)}{before}: {side} its bound of {metric.told(bound)}{spare}"
    return f"{told}; {fix}"
