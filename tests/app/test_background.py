"""What goes on in the background: turn after turn, until it is stopped."""

import os
import threading
from collections.abc import Callable

from windlass.app.background import Background, Trouble

LONG_S = 3600.0


class Turns:
    """Counts turns, of which the first `broken` break; `seen` is set once there were `wanted`."""

    def __init__(self, wanted: int, *, broken: int = 0) -> None:
        self.wanted, self.broken, self.count = wanted, broken, 0
        self.seen, self.priority = threading.Event(), 0

    def __call__(self) -> float:
        self.count += 1
        self.priority = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        if self.count >= self.wanted:
            self.seen.set()
        if self.count <= self.broken:
            raise RuntimeError("broken")
        return 0.0 if self.count < self.wanted else LONG_S


def going(turns: Turns, told: Callable[[Trouble], None] = lambda one: None, **more: float) -> Background:
    more.setdefault("pause_s", 0.0)
    return Background("the test", turns, name="test", on_trouble=told, **more)


def ended(one: Background, turns: Turns) -> int:
    one.start()
    assert turns.seen.wait(60)
    one.stop()
    one.join(60)
    return turns.count


def test_it_goes_round_until_it_is_stopped() -> None:
    turns = Turns(3)
    assert ended(going(turns), turns) == 3


def test_an_eager_one_begins_at_once_and_goes_once_more_at_the_end() -> None:
    turns = Turns(1)
    assert ended(going(turns, pause_s=LONG_S, eager=True), turns) == 2


def test_after_one_that_broke_it_may_rest_longer() -> None:
    turns = Turns(1, broken=1)
    one = going(turns, rest_s=LONG_S)
    one.start()
    assert turns.seen.wait(60)
    one.join(0.05)
    one.stop()
    one.join(60)
    assert turns.count == 1


def test_others_begin_after_a_pause() -> None:
    turns = Turns(1)
    one = going(turns, pause_s=LONG_S)
    one.start()
    one.stop()
    one.join(60)
    assert turns.count == 0


def test_a_turn_that_breaks_is_told_and_the_next_one_comes() -> None:
    turns, told = Turns(3, broken=2), list[Trouble]()
    assert ended(going(turns, told.append), turns) == 3
    assert [(one.worker, str(one.error)) for one in told] == [("the test", "broken")] * 2


def test_its_priority_is_lower_and_that_of_others_is_not() -> None:
    turns, mine = Turns(1), os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    ended(going(turns, nice=mine + 3), turns)
    assert turns.priority == mine + 3
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == mine


def test_one_that_was_not_started_need_not_be_waited_for() -> None:
    turns = Turns(1)
    one = going(turns)
    one.stop()
    one.join(3600)
    assert turns.count == 0
