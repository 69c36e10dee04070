"""Ask a process of its own one question after the other; one that takes too long ends it, and the next has a
new one.

What is asked is the work of a library that nothing in its own process can interrupt. The kernel ends it: by
the CPU time of one question, so that a busy machine loses nobody an answer.
"""

import json
import os
import signal
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any, Final

from windlass.papers.forked import limit_memory

CPU_LEAST_S: Final = 0.001
_LATE: Final = signal.SIGPROF


class Gone(Exception):
    """The process ended over a question. `late`: for want of time."""

    def __init__(self, why: str, *, late: bool) -> None:
        super().__init__(why)
        self.late = late


@dataclass
class Apart:
    """`work`: from a question to its answer, both values of JSON. It is called in the other process, which
    has everything as it was when the first question was asked.
    """

    work: Callable[[Any], Any]
    _child: int = 0
    _into: IO[bytes] | None = None
    _out: IO[bytes] | None = None
    _end: Any = field(default=None, repr=False)

    def ask(self, question: Any, cpu_s: float) -> Any:
        """The answer, for which so many seconds of CPU may be used. Raises Gone; ValueError or RecursionError
        of a question that cannot be written.
        """
        line = json.dumps([max(cpu_s, CPU_LEAST_S), question]).encode() + b"\n"
        if self._into is None:
            self._start()
        assert self._into is not None
        assert self._out is not None
        answer = b""
        with suppress(OSError):
            self._into.write(line)
            self._into.flush()
            answer = self._out.readline()
        if not answer.endswith(b"\n"):
            late = self._ended() == _LATE
            why = f"it took more than {cpu_s:.2g} s of work" if late else "it broke its reader"
            raise Gone(why, late=late)
        return json.loads(answer)

    def _start(self) -> None:
        asked, into = os.pipe()
        out, told = os.pipe()
        self._child = os.fork()
        if not self._child:
            os.close(into)
            os.close(out)
            _answer(self.work, asked, told)
        os.close(asked)
        os.close(told)
        self._into, self._out = os.fdopen(into, "wb"), os.fdopen(out, "rb")
        self._end = weakref.finalize(self, _stop, self._child, os.getpid())

    def _ended(self) -> int:
        """By which signal; what is asked next starts a new one."""
        self._end.detach()
        for stream in (self._into, self._out):
            with suppress(OSError):
                assert stream is not None
                stream.close()
        self._into = self._out = None
        with suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)
        _, status = os.waitpid(self._child, 0)
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _answer(work: Callable[[Any], Any], asked: int, told: int) -> None:
    """The other process; never returns."""
    try:
        limit_memory()
        signal.signal(_LATE, signal.SIG_DFL)
        with os.fdopen(asked, "rb") as questions, os.fdopen(told, "wb") as answers:
            for line in questions:
                cpu_s, question = json.loads(line)
                signal.setitimer(signal.ITIMER_PROF, cpu_s)
                answer = json.dumps(work(question)).encode() + b"\n"
                signal.setitimer(signal.ITIMER_PROF, 0)
                answers.write(answer)
                answers.flush()
    finally:
        os._exit(0)


def _stop(child: int, parent: int) -> None:
    if os.getpid() == parent:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
