"""The assignment is the optimum, found again by trying everything; nobody gets more than it has room for."""

import itertools
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windlass.dispatch.match import WAIT, match
from windlass.dispatch.seating import LOAD_MINUTES, Need, Seat


def need(task: int, *skills: str, lane: str = "a", minutes: float = 10.0, wsjf: float = 1.0) -> Need:
    return Need(task, lane, skills, minutes, wsjf)


def seat(name: str, *lanes: str, load: int = 0, capacity: int = 1, **skills: float) -> Seat:
    return Seat(name, lanes, skills, load, capacity)


def pairs(needs: list[Need], seats: list[Seat]) -> dict[int, str]:
    return {one.task: one.instance for one in match(needs, seats)}


def test_the_best_pairing_in_all_beats_the_best_first_choice() -> None:
    """The first task is done a little better by x, but then the second one would be done by nobody."""
    needs = [need(1, "sql"), need(2, "sql", "css")]
    seats = [seat("x", sql=1.0, css=1.0), seat("y", sql=0.9)]
    assert pairs(needs, seats) == {1: "y", 2: "x"}


def test_nobody_gets_more_than_it_has_room_for() -> None:
    found = Counter(pairs([need(n) for n in range(9)], [seat("x", capacity=3, load=1), seat("y")]).values())
    assert found == {"x": 2, "y": 1}


def test_the_load_is_spread() -> None:
    found = pairs([need(n) for n in range(4)], [seat("x", capacity=4), seat("y", capacity=4)])
    assert Counter(found.values()) == {"x": 2, "y": 2}


def test_when_places_are_few_the_better_tasks_get_them() -> None:
    assert pairs([need(1), need(2, wsjf=5.0), need(3, wsjf=2.0)], [seat("x", capacity=2)]).keys() == {2, 3}


def test_lanes_and_missing_skills_exclude() -> None:
    assert pairs([need(1, lane="qa")], [seat("x", "docs")]) == {}
    assert pairs([need(1, "rust")], [seat("x", python=1.0)]) == {}
    assert pairs([need(1, "rust")], [seat("generalist")]) == {1: "generalist"}
    assert match([], [seat("x")]) == match([need(1)], []) == []


SKILLS = st.dictionaries(st.sampled_from(["p", "q"]), st.sampled_from([0.1, 0.5, 1.0]))
NEEDS = st.lists(
    st.tuples(st.sets(st.sampled_from(["p", "q"])), st.sampled_from([5.0, 30.0]), st.integers(1, 9)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(NEEDS, st.lists(st.tuples(SKILLS, st.integers(0, 2), st.integers(1, 2)), min_size=1, max_size=3))
def test_no_other_assignment_costs_less(
    wanted: list[tuple[set[str], float, int]], given: list[tuple[dict[str, float], int, int]]
) -> None:
    needs = [
        need(n, *sorted(skills), minutes=minutes, wsjf=wsjf)
        for n, (skills, minutes, wsjf) in enumerate(wanted)
    ]
    seats = [Seat(str(n), (), skills, load, capacity) for n, (skills, load, capacity) in enumerate(given)]
    mine = pairs(needs, seats)
    names = [*(one.instance for one in seats), None]
    every = [dict(enumerate(choice)) for choice in itertools.product(names, repeat=len(needs))]
    assert total(needs, seats, mine) == pytest.approx(min(total(needs, seats, choice) for choice in every))


def total(needs: list[Need], seats: list[Seat], choice: dict[int, str | None]) -> float:
    """The price of any assignment, told by hand; infinite for one that is not allowed."""
    price, load = 0.0, {one.instance: one.load for one in seats}
    known = {one.instance: one for one in seats}
    for one in needs:
        name = choice.get(one.task)
        if name is None:
            price += WAIT * (1 + one.wsjf)
            continue
        who = known[name]
        levels = [who.skills.get(skill, 0.0) if who.skills else 0.5 for skill in one.skills]
        if 0.0 in levels or load[name] >= who.capacity:
            return float("inf")
        price += one.minutes / min([*levels, 1.0]) + LOAD_MINUTES * load[name] / who.capacity
        load[name] += 1
    return price


def test_two_hundred_tasks_on_two_hundred_instances_take_little_time() -> None:
    needs = [need(n, "p", minutes=1.0 + n % 37) for n in range(200)]
    seats = [seat(str(n), p=0.1 + n % 10 / 10) for n in range(200)]
    began = time.perf_counter()
    assert len(match(needs, seats)) == 200
    assert time.perf_counter() - began < 30
