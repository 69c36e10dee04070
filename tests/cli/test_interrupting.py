"""An interruption is heard, also when Python dropped it the first time."""

import os
import signal
import time
import weakref
from collections.abc import Iterator

import pytest

from windlass.cli.interrupting import Stopping, interruptible


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


class Run:
    """Counts how often it was told to stop."""

    def __init__(self) -> None:
        self.stops = 0

    def stop(self) -> None:
        self.stops += 1


@pytest.fixture
def handlers() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, known in zip(numbers, before, strict=True):
        signal.signal(number, known)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("handlers")
def test_a_run_that_has_not_begun_is_stopped_when_it_does(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    stopping, run = Stopping(), Run()
    os.kill(os.getpid(), number)
    assert run.stops == 0
    stopping.begun(run)
    assert run.stops == 1
    assert "handing work back" in capsys.readouterr().err


@pytest.mark.usefixtures("handlers")
def test_a_run_that_has_begun_is_stopped_at_once() -> None:
    stopping, run = Stopping(), Run()
    stopping.begun(run)
    os.kill(os.getpid(), signal.SIGTERM)
    assert run.stops == 1
