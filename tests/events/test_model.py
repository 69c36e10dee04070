"""The nouns of the log are values."""

import pytest

from windlass.events import Cursor, Event, Subject, parse_cursor
from windlass.kernel import Invalid


def test_a_fresh_cursor_is_before_everything() -> None:
    assert Cursor() == Cursor(0, 0)


def test_every_part_of_a_subject_is_optional() -> None:
    assert Subject() == Subject(None, None, None, None)


def test_an_event_cannot_be_changed() -> None:
    event = Event(1, 2.0, "ada", "task.filed", Subject())
    with pytest.raises(AttributeError):
        event.kind = "task.failed"


def test_a_place_reads_back_from_its_text_and_orders_as_the_log_does() -> None:
    places = [Cursor(0, 9), Cursor(0, 10), Cursor(3, 1), Cursor(12, 0)]
    assert [parse_cursor(str(place)) for place in places] == places == sorted(places)


@pytest.mark.parametrize(
    "text", ["", "1", "1.", ".1", "-1.2", "1.2.3", "01.2", "1.x", "٣.1", f"1.{2**63}", "1" * 40 + ".1"]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is not an event id"):
        parse_cursor(text)
