"""The commits since which things fail, found with few looks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.land.culprits import culprits


def looking(line, since, asked):
    """Fails from the commit `since` says on; notes who was asked what."""

    def fails(commit, names):
        asked.append(commit)
        return frozenset(name for name in names if line.index(commit) >= since[name])

    return fails


@given(st.integers(2, 40), st.lists(st.integers(0, 1000), min_size=1, max_size=4))
def test_each_has_its_own_commit_and_none_is_looked_at_more_often_than_there_are_things(length, places):
    line = [f"c{n}" for n in range(length)]
    since = {f"t{n}": 1 + place % (length - 1) for n, place in enumerate(places)}
    asked: list[str] = []
    found = culprits(line, frozenset(since), looking(line, since, asked))
    assert {name: commit for commit, names in found.items() for name in names} == {
        name: line[place] for name, place in since.items()
    }
    assert len(asked) <= len(set(since.values())) * (length - 1).bit_length()
    assert max((asked.count(one) for one in asked), default=0) <= 1
    assert not {line[0], line[-1]} & {*asked}


@pytest.mark.parametrize("line", [["a"], []])
def test_nothing_fails_since_nothing(line):
    assert culprits(line, frozenset(), looking(line, {}, [])) == {}


def test_what_cannot_be_told_has_no_culprit():
    assert culprits(["a", "b", "c"], frozenset({"t"}), lambda *_: None) == {}
