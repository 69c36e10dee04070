"""Hours of the day and of the week, over clock changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.app.hours import DAYS, Hour, parse_hour
from windlass.kernel import Invalid

BERLIN = ZoneInfo("Europe/Berlin")
DAY_S = 86_400.0
NIGHTLY = Hour(2, 17)


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("hour", "now", "struck"),
    [
        ("02:17", "2026-11-22T02:16:59+01:00", "2026-11-21T02:17:00+01:00"),
        ("02:17", "2026-11-22T02:17:00+01:00", "2026-11-22T02:17:00+01:00"),
        ("02:17", "2026-11-22T23:59:00+01:00", "2026-11-22T02:17:00+01:00"),
        ("sun 02:17", "2026-11-22T02:17:00+01:00", "2026-11-22T02:17:00+01:00"),
        ("sun 02:17", "2026-11-22T02:16:00+01:00", "2026-11-15T02:17:00+01:00"),
        ("mon 02:17", "2026-11-22T12:00:00+01:00", "2026-11-16T02:17:00+01:00"),
        # 02:00 to 03:00 does not exist on 2026-03-29: it strikes at 03:17.
        ("02:17", "2026-03-29T03:16:00+02:00", "2026-03-28T02:17:00+01:00"),
        ("02:17", "2026-03-29T03:17:00+02:00", "2026-03-29T03:17:00+02:00"),
        # 02:00 to 03:00 comes twice on 2026-10-25: only the first counts.
        ("02:17", "2026-10-25T02:16:00+02:00", "2026-10-24T02:17:00+02:00"),
        ("02:17", "2026-10-25T02:30:00+02:00", "2026-10-25T02:17:00+02:00"),
        ("02:17", "2026-10-25T02:10:00+01:00", "2026-10-25T02:17:00+02:00"),
        ("02:17", "2026-10-25T02:30:00+01:00", "2026-10-25T02:17:00+02:00"),
    ],
)
def test_an_hour_strikes_once_a_day_whatever_the_clocks_do(hour: str, now: str, struck: str) -> None:
    parsed = parse_hour(hour)
    assert parsed is not None
    assert parsed.struck(at(now), BERLIN) == at(struck)


@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from([None, *range(7)]), st.floats(1.7e9, 1.9e9))
def test_it_never_lies_ahead_and_never_further_back_than_its_period(hour, minute, day, now) -> None:
    struck = Hour(hour, minute, day).struck(now, BERLIN)
    period = (1 if day is None else 7) * DAY_S
    assert now - period - 3_600 <= struck <= now
    assert Hour(hour, minute, day).struck(struck, BERLIN) == struck


def test_every_night_of_a_year_strikes_once() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [(start + timedelta(minutes=20 * n)).timestamp() for n in range(365 * 72)]
    assert len({NIGHTLY.struck(now, BERLIN) for now in moments}) in (365, 366)


def test_the_time_of_this_machine_is_meant_where_no_zone_is_named() -> None:
    now = datetime(2026, 11, 22, 12, 0).timestamp()
    assert datetime.fromtimestamp(NIGHTLY.struck(now)) == datetime(2026, 11, 22, 2, 17)


def test_nothing_is_never_and_anything_else_is_refused() -> None:
    assert parse_hour("") is parse_hour("never") is None
    assert [parse_hour(f"{day} 23:59") for day in DAYS] == [Hour(23, 59, n) for n in range(7)]
    for text in ("24:00", "2:17", "02:60", "sunday 02:17", "02:17 sun", "٠٢:١٧"):
        with pytest.raises(Invalid, match="is no hour"):
            parse_hour(text)
