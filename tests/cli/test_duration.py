"""Durations as a person writes them."""

import pytest

from windlass.cli.duration import seconds
from windlass.kernel import Invalid


@pytest.mark.parametrize(
    ("text", "value"), [("90s", 90.0), ("60m", 3600.0), ("1.5h", 5400.0), ("1d", 86400.0)]
)
def test_durations_are_read(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "60", "-1s", "0s", "1w", "1h30m", "nan s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        seconds(text)


def test_no_duration_is_no_bound() -> None:
    assert seconds(None) is None
