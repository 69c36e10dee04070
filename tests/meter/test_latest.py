"""What a line remembers of failed calls."""

import pytest
from tests.meter.test_model import exchange

from windlass.meter.latest import Latest
from windlass.meter.model import Outcome


def heard(*calls: tuple[Outcome, float, float]) -> str:
    """The fault after calls that ended so, began then and took so long."""
    latest = Latest()
    for outcome, at, seconds in calls:
        latest.note(exchange(outcome=outcome, at=at, seconds=seconds, detail=f"{outcome.value}!"))
    found = latest.fault()
    assert found is None or found[1] == f"{found[0]}!"
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("calls", "fault"),
    [
        ((), ""),
        (((Outcome.ANSWERED, 0, 1),), ""),
        (((Outcome.SERVER_ERROR, 0, 1), (Outcome.CUT, 2, 1)), "cut"),
        (((Outcome.CUT, 0, 1), (Outcome.ANSWERED, 1, 1)), ""),
        (((Outcome.CUT, 0, 5), (Outcome.ANSWERED, 1, 9)), "cut"),
        (((Outcome.CUT, 0, 1), (Outcome.LEFT, 2, 1), (Outcome.INVALID, 3, 1)), "cut"),
        (((Outcome.CUT, 0, 1), (Outcome.CAPPED, 2, 0)), "capped"),
    ],
)  # fmt: skip
def test_the_last_failure_counts_until_a_later_call_is_answered(
    calls: tuple[tuple[Outcome, float, float], ...], fault: str
) -> None:
    assert heard(*calls) == fault
