"""The section `[budget]` as the rule takes it. Pure."""

import math
from dataclasses import asdict
from typing import Final

from windlass.app.config_sections import Budget
from windlass.dispatch import budgets

MICRO: Final = 1_000_000
_COUNTERS: Final = {one.value: one for one in budgets.Counter} | {
    "dollars": budgets.Counter.MONEY, "time_s": budgets.Counter.SECONDS,
}  # fmt: skip


def budget_of(section: Budget) -> budgets.Budget:
    """Limits in whole units: micro-dollars and seconds, parts rounded up; 0 is no limit."""
    given = asdict(section)

    def limits(scope: str) -> budgets.Limits:
        return tuple(
            (counter, math.ceil(value * MICRO) if counter is budgets.Counter.MONEY else math.ceil(value))
            for name, counter in _COUNTERS.items()
            if (value := given.get(f"{scope}_{name}"))
        )

    return budgets.Budget(limits("task"), limits("agent_day"), limits("day"))
