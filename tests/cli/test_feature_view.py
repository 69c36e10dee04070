"""Exit codes of several tasks, and words; the whole is seen in test_parallel.py."""

import pytest

from windlass.app import Ended
from windlass.cli.feature_view import code_of, counted
from windlass.cli.outcome import Result
from windlass.cli.standing import Turn


@pytest.mark.parametrize(
    ("turns", "ended", "code"),
    [
        ("DONE DONE", Ended.IDLE, 0), ("DONE NO", Ended.IDLE, 1), ("PERSON DONE", Ended.IDLE, 4),
        ("PERSON NO", Ended.IDLE, 1), ("DONE GOING", Ended.IDLE, 6), ("NO GOING", Ended.IDLE, 1),
        ("NO GOING", Ended.STOPPED, 130), ("DONE GOING", Ended.TIME, 124), ("DONE GOING", Ended.DAILY, 5),
        ("DONE DONE", Ended.STOPPED, 0),
    ],
)  # fmt: skip
def test_the_code_is_that_of_the_task_that_went_worst(turns: str, ended: Ended, code: int) -> None:
    assert code_of([Result({}, Turn[turn]) for turn in turns.split()], ended) == code


def test_things_are_counted_in_words() -> None:
    assert (counted(1, "part"), counted(2, "part"), counted(2, "box", "boxes")) == (
        "1 part",
        "2 parts",
        "2 boxes",
    )
