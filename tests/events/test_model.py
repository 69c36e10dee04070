"""The nouns of the log are values."""

import pytest

from windlass.events import Cursor, Event, Subject


def test_a_fresh_cursor_is_before_everything() -> None:
    assert Cursor() == Cursor(0, 0)


def test_every_part_of_a_subject_is_optional() -> None:
    assert Subject() == Subject(None, None, None, None)


def test_an_event_cannot_be_changed() -> None:
    event = Event(1, 2.0, "ada", "task.filed", Subject())
    with pytest.raises(AttributeError):
        event.kind = "task.failed"  # type: ignore[misc]
