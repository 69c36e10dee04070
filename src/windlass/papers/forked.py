"""Do one thing after the other in a process of its own, and end it when one takes too long or breaks it.

A thread could not be ended, and what breaks a library of C or Rust breaks the process.
"""

import json
import os
import resource
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

ANSWER_MAX: Final = 8 * 1024 * 1024
MEMORY_MAX: Final = 2 * 1024**3
BROKEN_MAX: Final = 50
"""Processes that are started anew."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one item: a value of JSON, or why there is none. `late`: it was for want of time, so that
    another try may have one.
    """

    item: str
    value: Any = None
    problem: str = ""
    late: bool = False


class _Late(Exception):
    pass


def each(
    items: Sequence[str], work: Callable[[str], Any], *, each_s: float, until: float
) -> Iterator[Answer]:
    """The answer of `work` to every item, in their order, until a moment of the monotonic clock. One that
    takes longer than `each_s` seconds has no answer.
    """
    at, started = 0, 0
    while at < len(items):
        if started > BROKEN_MAX or time.monotonic() > until:
            why = "too many others broke their reader" if started > BROKEN_MAX else "no time was left for it"
            yield from (Answer(item, problem=why, late=True) for item in items[at:])
            return
        started += 1
        child, pipe = _start(items[at:], work)
        try:
            for line in _lines(pipe, each_s, until):
                yield _answer(items[at], line)
                at += 1
            if at < len(items):
                yield Answer(items[at], problem="it broke its reader")
                at += 1
        except _Late:
            yield Answer(items[at], problem=f"it took longer than {each_s:g} s to read", late=True)
            at += 1
        finally:
            os.close(pipe)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _answer(item: str, line: bytes) -> Answer:
    try:
        told = json.loads(line)
        return Answer(item, told.get("value"), str(told.get("problem", "")))
    except (ValueError, AttributeError, RecursionError):
        return Answer(item, problem="its reader said nothing sensible")


def _start(items: Sequence[str], work: Callable[[str], Any]) -> tuple[int, int]:
    out, into = os.pipe()
    child = os.fork()
    if child:
        os.close(into)
        return child, out
    try:
        os.close(out)
        limit_memory()
        with os.fdopen(into, "wb") as stream:
            for item in items:
                stream.write(json.dumps(_done(work, item)).encode() + b"\n")
                stream.flush()
    finally:
        os._exit(0)


def limit_memory() -> None:
    """Let this process have no more than `MEMORY_MAX`, and leave nothing behind where it breaks."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    bound = MEMORY_MAX if most == resource.RLIM_INFINITY else min(MEMORY_MAX, most)
    resource.setrlimit(resource.RLIMIT_AS, (bound, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _done(work: Callable[[str], Any], item: str) -> dict[str, Any]:
    try:
        return {"value": work(item)}
    except Exception as error:  # a reader that breaks on one file has to say so and go on with the next
        return {"problem": f"its reader broke: {type(error).__name__}: {str(error)[:200]}"}


def _lines(pipe: int, each_s: float, until: float) -> Iterator[bytes]:
    """Lines as they come; raises _Late when the next one does not."""
    had = bytearray()
    ends = min(until, time.monotonic() + each_s)
    while True:
        left = ends - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0] or len(had) > ANSWER_MAX:
            raise _Late
        more = os.read(pipe, 1 << 16)
        if not more:
            return
        had += more
        *lines, rest = had.split(b"\n") if b"\n" in more else [had]
        for line in lines:
            yield bytes(line)
            ends = min(until, time.monotonic() + each_s)
        had = bytearray(rest)
