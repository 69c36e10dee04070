"""An interruption is heard, also when Python dropped it the first time."""

import os
import signal
import time
import weakref

import pytest

from windlass.cli.interrupting import interruptible


class Thing:
    """Something that can be cleared up."""


def test_an_interruption_that_was_dropped_comes_again() -> None:
    thing: Thing | None = Thing()
    heard = []

    def cleared(_ref: object) -> None:
        heard.append(1)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)  # the handler raises here, and Python drops it

    _held = weakref.ref(thing, cleared)
    def follow() -> None:
        nonlocal thing
        with interruptible():
            thing = None
            time.sleep(10)

    with pytest.raises(KeyboardInterrupt):
        follow()
    assert heard == [1]
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_interrupt_and_the_handlers_come_back(number: int) -> None:
    def follow() -> None:
        with interruptible():
            os.kill(os.getpid(), number)
            time.sleep(10)

    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        follow()
    assert signal.getsignal(number) is before
