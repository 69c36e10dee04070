"""Ctrl-C for commands that follow what happens, until it is heard."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

AGAIN_S: Final = 1.0
"""Python drops what is raised while it clears up an object, an interruption too; so it is raised again."""


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGINT and SIGTERM raise KeyboardInterrupt in the block, again and again until the block has ended."""

    def stop(_number: int, _frame: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        for number, known in zip(numbers, before, strict=True):
            signal.signal(number, known)
