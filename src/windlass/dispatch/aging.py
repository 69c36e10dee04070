"""How waiting raises a task's turn: one rule, as a function and as the SQL text the claim uses. Pure."""

from typing import Final

DAY_S: Final = 86_400.0
GRACE_S: Final = DAY_S
"""A task this young gains nothing."""
FULL_S: Final = 31 * DAY_S
"""From this age on it has gained everything."""
GAIN_MAX: Final = 1.0
"""What full age adds to the factor 1: at most x2.0."""


def multiplier(age_s: float) -> float:
    """1.0 up to one day, then linear up to 2.0 at 31 days, as the backlog ages.

    Monotone, which the class merge needs.
    """
    if age_s <= GRACE_S:
        return 1.0
    if age_s >= FULL_S:
        return 1.0 + GAIN_MAX
    return 1.0 + GAIN_MAX * (age_s - GRACE_S) / (FULL_S - GRACE_S)


def multiplier_sql(age: str) -> str:
    """The same as an SQL expression of `age`, an expression in seconds."""
    return (
        f"(CASE WHEN {age} <= {GRACE_S} THEN 1.0 WHEN {age} >= {FULL_S} THEN {1.0 + GAIN_MAX}"
        f" ELSE 1.0 + {GAIN_MAX} * ({age} - {GRACE_S}) / {FULL_S - GRACE_S} END)"
    )


def cls_of(wsjf: float) -> int:
    """A task's class: tasks of one class differ only by age, so the oldest of a class is its best."""
    return round(1000 * wsjf)


CEILING: Final = 1.0 + GAIN_MAX
"""No multiplier is larger: a class below `best / CEILING` can hold nothing better than `best`."""
