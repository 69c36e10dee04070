"""A batch that is refused is tried one by one; what the database may have done is not tried again."""

from collections.abc import Sequence

import pytest

from windlass.dispatch.together import NotAdmitted, serve
from windlass.kernel import Unavailable


def test_each_has_its_own_answer_and_only_its_own_error() -> None:
    asked: list[list[int]] = []
    wrong = {2: ValueError("two"), 3: NotAdmitted()}

    def at_once(requests: Sequence[int]) -> list[int]:
        asked.append(list(requests))
        for one in requests:
            if one in wrong:
                raise wrong[one]
        return [10 * one for one in requests]

    assert serve([1, 2, 3, 4], at_once) == [10, wrong[2], None, 40]
    assert asked == [[1, 2, 3, 4], [1], [2], [3], [4]]
    assert serve([1, 4], at_once) == [10, 40]


def test_when_the_database_went_away_everybody_hears_that_and_nothing_is_repeated() -> None:
    asked: list[list[int]] = []

    def at_once(requests: Sequence[int]) -> list[int]:
        asked.append(list(requests))
        raise Unavailable("gone")

    with pytest.raises(Unavailable, match="gone"):
        serve([1, 2], at_once)
    assert asked == [[1, 2]]
