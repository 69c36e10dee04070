"""The section `[measure]`: when a server measures the main branch by itself."""

from dataclasses import dataclass
from typing import Final

from windlass.app.config_values import setting, text
from windlass.app.hours import DAILY, WEEKLY

NIGHTLY_AT: Final = "02:17"
WEEKLY_AT: Final = "sun 02:17"
"""The hours that `windlass ci github` writes too: off the full hour, when everybody's timers strike."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Hours are the owner's: they say when the owner's processors are busy. On by default: who leaves a
    server alone wants to know in the morning what became of main, and one tree is never measured twice.
    """

    nightly_at: str = setting(
        NIGHTLY_AT, text('a time of the day such as "02:17", or "never"', pattern=DAILY),
        "when a server runs tier 2 of main, recall and 5 % of mutants", owner_only=True,
    )  # fmt: skip
    weekly_at: str = setting(
        WEEKLY_AT, text('a day and time such as "sun 02:17", or "never"', pattern=WEEKLY),
        "when it runs tier 3 of main, recall and all mutants", owner_only=True,
    )  # fmt: skip
