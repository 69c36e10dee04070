"""Processes of windlass that need not import it: forks of one process that has, and does nothing else.

For tests that start the same command many times. Each is a process of its own with its own environment and
may be killed like any other; only the second of importing is not paid again.
"""

import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from windlass.cli import main

ROOMS = ("app.running", "app.engine", "app.workflows", "cli.run", "cli.task", "cli.audit", "store.upgrading")
NOWHERE = Path(os.devnull)


class Warm:
    """The process that has imported windlass, and the way to ask it for children."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self._parent = subprocess.Popen([sys.executable, __file__], stdin=pipe, stdout=pipe, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._parent.communicate()
        assert self._parent.returncode == 0

    def start(
        self, argv: Sequence[str], env: Mapping[str, str], out: Path = NOWHERE, err: Path = NOWHERE
    ) -> "Child":
        """`windlass ARGV` with exactly this environment, its output into two files."""
        told = {"argv": argv, "env": dict(env), "out": str(out), "err": str(err)}
        return Child(self, self.ask(told))

    def run(
        self, argv: Sequence[str], env: Mapping[str, str], timeout_s: float
    ) -> "subprocess.CompletedProcess[str]":
        """As `subprocess.run` with captured text."""
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            child = self.start(argv, env, out, err)
            try:
                code = child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                os.kill(child.pid, signal.SIGKILL)
                child.wait()
                raise
            return subprocess.CompletedProcess(argv, code, out.read_text(), err.read_text())

    def ask(self, told: dict[str, Any]) -> int:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps(told) + "\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())


class Child:
    """What of `subprocess.Popen` the tests use."""

    def __init__(self, warm: Warm, pid: int) -> None:
        self.pid, self._warm, self._fd = pid, warm, os.pidfd_open(pid)

    def wait(self, timeout_s: float | None = None) -> int:
        if not select.select([self._fd], [], [], timeout_s)[0]:
            raise subprocess.TimeoutExpired(str(self.pid), timeout_s or 0.0)
        os.close(self._fd)
        return self._warm.ask({"ended": self.pid})


def serve() -> None:
    """Start what the lines of stdin ask for, until it closes."""
    for room in ROOMS:
        importlib.import_module(f"windlass.{room}")
    assert threading.active_count() == 1, "a fork would lose the other threads"
    gc.freeze()
    for line in sys.stdin:
        told = json.loads(line)
        if "ended" in told:
            answer = os.waitstatus_to_exitcode(os.waitpid(told["ended"], 0)[1])
        elif not (answer := os.fork()):
            become(told)
        print(answer, flush=True)


def become(told: Mapping[str, Any]) -> None:
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = (os.devnull, os.O_RDONLY), (told["out"], write), (told["err"], write)
    for number, (file, flags) in enumerate(files):
        opened = os.open(file, flags)
        os.dup2(opened, number)
        os.close(opened)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(told["env"])
    sys.argv = ["windlass", *told["argv"]]
    sys.exit(main())


if __name__ == "__main__":
    serve()
