"""What a pairing costs."""

import pytest

from windlass.dispatch.seating import GENERALIST, LEVEL_MIN, LOAD_MINUTES, Need, Seat, minutes, price

NEED = Need(1, "a", ("sql", "css"), 10.0, 1.0)


def seat(*lanes: str, **skills: float) -> Seat:
    return Seat("x", lanes, skills, 1, 4)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (seat(sql=1.0, css=0.5), 20.0),
        (seat(sql=1.0, css=0.0), 10.0 / LEVEL_MIN),
        (seat(sql=1.0), None),
        (seat(), 10.0 / GENERALIST),
        (seat("b", sql=1.0, css=1.0), None),
        (seat("a", "b", sql=1.0, css=1.0), 10.0),
    ],
)
def test_the_weakest_skill_decides_how_long_it_takes(who: Seat, expected: float | None) -> None:
    assert minutes(NEED, who) == expected


def test_who_is_asked_for_nothing_takes_the_plain_time() -> None:
    assert minutes(Need(1, "a", (), 7.0, 1.0), seat(sql=0.1)) == 7.0


def test_load_adds_to_the_price_and_room_is_what_is_left() -> None:
    assert price(10.0, seat(), 2) == 10.0 + LOAD_MINUTES / 2
    assert seat().room == 3
