"""One check on both trees: the candidate, the base where it is needed, and failed tests once more."""

from collections.abc import Sequence
from typing import Final

from windlass.verify.judge import Compared, suspects
from windlass.verify.lab import Lab
from windlass.verify.model import TIMED_OUT, Outcome, Reading
from windlass.verify.readings import Planned, digest, measure
from windlass.verify.settings import Settings

AGAIN_MAX: Final = 50
"""Failed tests that are worth a second run; more at once is not flakiness."""
CLOSE: Final = 0.5
"""A base that needed more than this share of the budget does not prove that a candidate's timeout is its own
fault.
"""


def compare(candidate: Lab, base: Lab, check: Planned, paths: Sequence[str], *, wall_s: float) -> Compared:
    """Measure a check. The base is measured if the candidate is not clean, and always for whole test runs."""
    coverage = check.tier > 0
    role = check.check.role
    reading = measure(candidate, check, wall_s=wall_s, changed=paths, coverage=coverage)
    if reading.outcome is Outcome.PASSED and (role != "tests" or check.only):
        return Compared(role, reading)
    other = _base(base, check, paths, wall_s=wall_s, coverage=coverage)
    if role != "tests" or reading.outcome is not Outcome.FAILED:
        return Compared(role, reading, other)
    return Compared(role, reading, other, _again(candidate, check, suspects(reading, other), wall_s))


def settle(pairs: Sequence[Compared], settings: Settings) -> tuple[list[Compared], list[str]]:
    """Drop test runs that did not fit into their budget on either tree, if other tests did run; they are
    deferred, not passed.
    """
    tests_ran = any(
        pair.role == "tests"
        and pair.candidate.outcome is not Outcome.UNKNOWN
        and pair.candidate.metrics.get("collected", 0)
        for pair in pairs
    )
    kept, late = [], []
    for pair in pairs:
        if tests_ran and pair.role == "tests" and _too_long(pair, settings):
            late.append(
                f"{pair.candidate.check}: {pair.candidate.detail}, on the base tree as well or nearly so"
            )
        else:
            kept.append(pair)
    return kept, late


def _too_long(pair: Compared, settings: Settings) -> bool:
    if not pair.candidate.metrics.get(TIMED_OUT):
        return False
    base = pair.base
    return base is None or bool(base.metrics.get(TIMED_OUT)) or base.seconds > CLOSE * settings.pr_limit_s


def _base(base: Lab, check: Planned, paths: Sequence[str], *, wall_s: float, coverage: bool) -> Reading:
    """The same check on the base tree; a focused run reads the whole run's evidence where there is some."""
    if not check.only or check.check.role != "tests":
        return measure(base, check, wall_s=wall_s, changed=paths, coverage=coverage)
    existing = [path for path in check.only if path.partition("::")[0] in base.files]
    if not existing:
        return Reading(check.id, Outcome.PASSED, metrics={"collected": 0.0})
    return measure(base, check.narrowed(existing), wall_s=wall_s, changed=paths)


def _again(candidate: Lab, check: Planned, failed: Sequence[str], wall_s: float) -> tuple[Reading, ...]:
    """Run only the suspects again, until each has passed once or the tries are used up."""
    readings: list[Reading] = []
    left = list(failed)
    for number in range(candidate.settings.again_max):
        if not left or len(left) > AGAIN_MAX:
            break
        again = check.narrowed(left, f":again{number + 1}:{digest(check.id)[:6]}")
        readings.append(measure(candidate, again, wall_s=wall_s))
        left = [case for case in left if readings[-1].cases.get(case) in ("failed", "error")]
    return tuple(readings)
