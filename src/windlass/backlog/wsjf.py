"""Weighted shortest job first, exactly by the founding formula.

WSJF = (business value + time criticality + risk reduction) / job size, each on 1-2-3-5-8-13, times aging:
1 for the first day, then 1 + (age in days - 1) / 30, at most 2.0. Bands: critical above 2.0, high from 1.5,
medium from 1.0, low below; items below the threshold of 1.0 are not worked on.
"""

from windlass.backlog.model import SCALE, Score
from windlass.kernel import Invalid

AGING_FROM_DAYS = 1.0
AGING_SPAN_DAYS = 30.0
AGING_MAX = 2.0
THRESHOLD = 1.0
BANDS = (("high", 1.5), ("medium", 1.0))


def check_score(score: Score) -> Score:
    """The score itself, or Invalid naming every input that is off the scale."""
    inputs = {
        "value": score.value, "criticality": score.criticality,
        "risk_reduction": score.risk_reduction, "size": score.size,
    }  # fmt: skip
    off = [f"{name} = {given!r}" for name, given in inputs.items() if not on_scale(given)]
    if off:
        scale = "-".join(str(n) for n in SCALE)
        raise Invalid(f"{', '.join(off)} is not on the scale", hint=f"use one of {scale}")
    return score


def on_scale(given: object) -> bool:
    """Is it one of 1-2-3-5-8-13, and a whole number (True is not 1 here)?"""
    return type(given) is int and given in SCALE


def aging(age_days: float, aging_max: float = AGING_MAX) -> float:
    """The multiplier for an age in days; never below 1, never above `aging_max`."""
    return min(max(aging_max, 1.0), 1.0 + max(0.0, age_days - AGING_FROM_DAYS) / AGING_SPAN_DAYS)


def base_wsjf(score: Score, *, boost: float = 1.0) -> float:
    """The score without aging; boost multiplies it (e.g. 1.5 for security)."""
    check_score(score)
    return (score.value + score.criticality + score.risk_reduction) / score.size * boost


def wsjf(score: Score, age_days: float = 0.0, *, boost: float = 1.0, aging_max: float = AGING_MAX) -> float:
    """The score with aging. Rises with value, criticality, risk reduction, age and boost; falls with size."""
    return base_wsjf(score, boost=boost) * aging(age_days, aging_max)


def band(wsjf: float) -> str:
    """critical, high, medium or low."""
    if wsjf > 2.0:
        return "critical"
    return next((name for name, from_ in BANDS if wsjf >= from_), "low")
