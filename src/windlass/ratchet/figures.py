"""What the checks of one tree say about the metrics. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from windlass.ratchet.model import Metric, Value
from windlass.verify import Outcome, Reading

FIGURE: Final = "figure:"
"""Checks that print a metric are called so, with its name."""
UNSAMPLED: Final = Value(
    None,
    why="`windlass verify mutation --sample 5` measures the main branch; or a command of [[ratchet.metric]]",
)
UNCOUNTED: Final = Value(None, why="no whole test run was on record yet")
MUTATION: Final = "mutation"
"""The metric of a reading that tells which share of a tree's mutants tests notice, in percent."""
_COUNTED: Final = {
    "lint": ("ruff_lint", "eslint", "cargo-clippy"), "types": ("mypy", "pyright", "tsc"),
}  # fmt: skip
"""The first of these checks that ran."""


def values(
    metrics: Sequence[Metric],
    readings: Sequence[Reading],
    flaky: Value = UNCOUNTED,
    mutation: Value = UNSAMPLED,
) -> Mapping[str, Value]:
    """The value of each metric. A run of chosen tests tells no coverage, and what broke tells nothing.
    `flaky`: how many tests of the main branch are known to be; no single run tells that. `mutation`: what the
    last sample of the main branch found.
    """
    by_check = {one.check: one for one in readings}
    found = {}
    for metric in metrics:
        if metric.command:
            found[metric.name] = _figure(by_check.get(FIGURE + metric.name))
        elif metric.name == "coverage":
            found[metric.name] = _coverage(readings)
        elif metric.name == "p95":
            found[metric.name] = _latency(readings)
        elif metric.name == "flaky":
            found[metric.name] = flaky
        elif metric.name == "mutation":
            found[metric.name] = _noticed(readings, mutation)
        elif metric.name in _COUNTED:
            ran = (by_check[one] for one in _COUNTED[metric.name] if one in by_check)
            found[metric.name] = _count(next(ran, None))
        else:
            found[metric.name] = Value(None, why="nothing measures it; [[ratchet.metric]] gives it a command")
    return found


def flaky_tests(count: int | None) -> Value:
    """How many tests are flaky by the results on the main branch."""
    return UNCOUNTED if count is None else Value(float(count), "flakes")


def _figure(reading: Reading | None) -> Value:
    if reading is None:
        return Value(None, why="its command was not run")
    if "value" not in reading.metrics:
        return Value(None, reading.check, reading.detail.strip()[-300:] or "its command gave no number")
    return Value(reading.metrics["value"], reading.check)


def _coverage(readings: Sequence[Reading]) -> Value:
    whole = [one for one in readings if ":" not in one.check and "coverage" in one.metrics]
    if not whole:
        return Value(None, why="no whole test run measured it (is pytest-cov among the requirements?)")
    least = min(whole, key=lambda one: one.metrics["coverage"])
    return Value(least.metrics["coverage"], least.check)


def _latency(readings: Sequence[Reading]) -> Value:
    timed = [one for one in readings if "p95_ms" in one.metrics]
    if not timed:
        return Value(None, why="no benchmark timed single calls; [verify] benchmarks or a command does")
    slowest = max(timed, key=lambda one: one.metrics["p95_ms"])
    return Value(slowest.metrics["p95_ms"], slowest.check)


def _noticed(readings: Sequence[Reading], before: Value) -> Value:
    """What a sample of mutants says where it is among the readings, else what one said before."""
    found = next((one for one in readings if MUTATION in one.metrics), None)
    return before if found is None else Value(found.metrics[MUTATION], found.check)


def _count(reading: Reading | None) -> Value:
    if reading is None:
        return Value(None, why="its check did not run on this tree")
    if reading.outcome is Outcome.UNKNOWN:
        return Value(None, reading.check, reading.detail.strip()[-300:] or "its check told nothing")
    return Value(float(sum(reading.counts.values())), reading.check)
