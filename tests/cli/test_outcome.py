"""How a run for one task leaves: the task's own end first, then why the run ended."""

import pytest

from windlass.app import Ended
from windlass.cli.outcome import Result
from windlass.cli.standing import Turn


@pytest.mark.parametrize(
    ("turn", "ended", "code"),
    [
        (Turn.DONE, Ended.IDLE, 0), (Turn.DONE, Ended.STOPPED, 0), (Turn.NO, Ended.IDLE, 1),
        (Turn.PERSON, Ended.IDLE, 4), (Turn.GOING, Ended.STOPPED, 130), (Turn.GOING, Ended.TIME, 124),
        (Turn.GOING, Ended.DAILY, 5), (Turn.GOING, Ended.IDLE, 6),
    ],
)  # fmt: skip
def test_the_code_is_the_tasks_end_or_else_the_runs(turn: Turn, ended: Ended, code: int) -> None:
    assert Result({}, turn).code(ended) == code


def test_people_are_spared_what_is_empty_or_told_in_words() -> None:
    data = {"task": 7, "state": "landed", "refused": [], "attempts": ["1: a", "2: b"], "files": ["x"]}
    assert list(Result(data, Turn.DONE).lines()) == [
        "task      7", "state     landed", "attempts  1: a; 2: b",
    ]  # fmt: skip
