"""Who waits together is served together; failures and interruptions stay with those they belong to."""

import threading
import time
from collections.abc import Sequence

import pytest

from windlass.store.combining import BATCH_MAX, GATHER, Combiner, _Line, _Ticket


def together(combiner: Combiner, count: int, serve_behind) -> list[object]:
    """`count` callers who all wait while a first one is being served; what each of them got."""
    inside, go = threading.Event(), threading.Event()
    got: list[object] = [None] * count

    def first(requests: Sequence[int]) -> list[int]:
        inside.set()
        go.wait(10)
        return [0 for _ in requests]

    def ask(number: int) -> None:
        try:
            got[number] = combiner.ask("k", number, serve_behind)
        except Exception as error:
            got[number] = error

    leader = threading.Thread(target=combiner.ask, args=("k", -1, first))
    leader.start()
    inside.wait(10)
    crew = [threading.Thread(target=ask, args=(number,)) for number in range(count)]
    for member in crew:
        member.start()
    while len(combiner._lines["k"].waiting) < count:
        threading.Event().wait(0.005)
    go.set()
    for member in [leader, *crew]:
        member.join(10)
        assert not member.is_alive()
    assert not combiner._lines["k"].busy
    assert not combiner._lines["k"].waiting
    return got


def test_those_who_wait_share_one_call_and_get_their_own_answers() -> None:
    batches: list[int] = []

    def serve(requests: Sequence[int]) -> list[int]:
        batches.append(len(requests))
        return [number * 10 for number in requests]

    assert together(Combiner(), 20, serve) == [number * 10 for number in range(20)]
    assert batches == [20]


def test_a_batch_is_bounded_and_the_rest_is_served_by_the_next() -> None:
    batches: list[int] = []

    def serve(requests: Sequence[int]) -> list[int]:
        batches.append(len(requests))
        return list(requests)

    assert together(Combiner(), BATCH_MAX + 5, serve) == list(range(BATCH_MAX + 5))
    assert batches == [BATCH_MAX, 5]


def test_an_error_among_the_answers_is_raised_in_its_own_caller_alone() -> None:
    def serve(requests: Sequence[int]) -> list[int | Exception]:
        return [KeyError(number) if number == 1 else number for number in requests]

    got = together(Combiner(), 3, serve)
    assert got[0] == 0
    assert isinstance(got[1], KeyError)
    assert got[2] == 2


def test_what_the_call_raises_is_raised_in_all_and_the_line_goes_on() -> None:
    combiner = Combiner()

    def serve(_requests: Sequence[int]) -> list[int]:
        raise OSError("gone")

    assert all(isinstance(each, OSError) for each in together(combiner, 3, serve))
    assert combiner.ask("k", 4, lambda requests: list(requests)) == 4


def test_an_interrupted_leader_leaves_the_line_free() -> None:
    combiner = Combiner()

    def serve(_requests: Sequence[int]) -> list[int]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        combiner.ask("k", 1, serve)
    assert combiner.ask("k", 2, lambda requests: list(requests)) == 2


def test_those_who_come_back_one_by_one_are_served_together_again() -> None:
    combiner, batches = Combiner(), list[int]()

    def serve(requests: Sequence[int]) -> list[int]:
        batches.append(len(requests))
        threading.Event().wait(0.01)
        return list(requests)

    def caller() -> None:
        for _ in range(20):
            combiner.ask("k", 1, serve)

    crew = [threading.Thread(target=caller) for _ in range(6)]
    for member in crew:
        member.start()
    for member in crew:
        member.join(10)
    assert sum(batches) == 120
    assert len(batches) < 60  # one by one would be up to 120, in two halves 40


def test_the_moment_given_to_others_is_short() -> None:
    line = _Line(served=9, took_s=100.0)
    ticket = _Ticket(1)
    ticket.leads = True
    began = time.monotonic()
    Combiner()._wait(line, ticket)  # nobody else comes
    assert time.monotonic() - began < line.took_s * GATHER / 2
