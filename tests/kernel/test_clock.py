"""Time as a parameter."""

from windlass.kernel import FixedClock, iso, system_clock


def test_time_moves_only_when_told_to() -> None:
    clock = FixedClock(10.0)
    clock.advance(2.5)
    assert (clock(), clock()) == (12.5, 12.5)
    assert system_clock() > 1.7e9


def test_text_is_utc_with_milliseconds() -> None:
    assert iso(0.25) == "1970-01-01T00:00:00.250Z"
