"""When an hour of the day, or of the week, last struck. Pure.

Hours are local time. Where a clock change skips one it strikes as much later as the clocks were moved;
where it comes twice it strikes the first time only.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from windlass.kernel import Invalid

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
NEVER: Final = "never"
DAILY: Final = f"({NEVER}|{TIME})?"
WEEKLY: Final = f"({NEVER}|(?:{'|'.join(DAYS)}) {TIME})?"
BACK_DAYS: Final = 8
"""So far back an hour of the week has struck for certain."""
_HOUR: Final = re.compile(f"(?:({'|'.join(DAYS)}) )?([0-9]{{2}}):([0-9]{{2}})")


@dataclass(frozen=True, slots=True)
class Hour:
    """`day` counts from Monday, 0; None: every day."""

    hour: int
    minute: int
    day: int | None = None

    def struck(self, now: float, zone: tzinfo | None = None) -> float:
        """When it struck last, up to and with `now`, in unix seconds. `zone` None: this machine's."""
        today = datetime.fromtimestamp(now, zone)
        for back in range(BACK_DAYS + 1):
            day = today - timedelta(days=back)
            # Without the fold of `now`: of an hour that comes twice it is the first.
            at = day.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0, fold=0)
            if self.day in (None, at.weekday()) and at.timestamp() <= now:
                return at.timestamp()
        raise AssertionError("a week has every hour of the week")


def parse_hour(text: str) -> Hour | None:
    """Read `02:17` or `sun 02:17`; None for `never` and an empty text. Raises Invalid."""
    if text in ("", NEVER):
        return None
    found = _HOUR.fullmatch(text)
    if found is None or not re.fullmatch(TIME, text[-5:]):
        raise Invalid(f"{text[:40]!r} is no hour", hint='write "02:17", or "sun 02:17"')
    day = DAYS.index(found[1]) if found[1] else None
    return Hour(int(found[2]), int(found[3]), day)
