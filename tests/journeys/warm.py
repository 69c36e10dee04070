"""Processes of windlass that need not import it: forks of one process that has, and does nothing else.

For tests that start the same command many times. Each is a process of its own with its own environment and
may be killed like any other; only the second of importing is not paid again.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from windlass import plugins
from windlass.cli import main
from windlass.cli.table import COMMANDS, Entry

WINDLASS = str(Path(sys.executable).parent / "windlass")
NOWHERE = Path(os.devnull)
MORE = ("windlass.store.upgrading", "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto")
"""What commands import only once they run."""


@cache
def warm() -> "Warm":
    """The one of this process of tests."""
    made = Warm()
    atexit.register(made.close)
    return made


class Warm:
    """The process that has imported windlass, and the way to ask it for children."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self._parent = subprocess.Popen([sys.executable, __file__], stdin=pipe, stdout=pipe, text=True)
        self._asking = threading.Lock()

    def close(self) -> None:
        self._parent.communicate()

    def start(
        self, command: Sequence[str], env: Mapping[str, str], out: Path = NOWHERE, err: Path = NOWHERE
    ) -> "Child":
        """A command with exactly this environment, its output behind what two files hold.

        Its first word is `WINDLASS` or a Python program.
        """
        told = {"command": list(command), "env": dict(env), "out": str(out), "err": str(err)}
        return Child(self, self.ask(told))

    def run(
        self, command: Sequence[str], env: Mapping[str, str], timeout_s: float
    ) -> "subprocess.CompletedProcess[str]":
        """As `subprocess.run` with captured text."""
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            child = self.start(command, env, out, err)
            try:
                code = child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                raise
            return subprocess.CompletedProcess(command, code, out.read_text(), err.read_text())

    def ask(self, told: dict[str, Any]) -> int:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        with self._asking:
            self._parent.stdin.write(json.dumps(told) + "\n")
            self._parent.stdin.flush()
            return int(self._parent.stdout.readline())


class Child:
    """What of `subprocess.Popen` the tests use."""

    def __init__(self, parent: Warm, pid: int) -> None:
        self.pid, self.returncode = pid, None
        self._warm, self._fd = parent, os.pidfd_open(pid)

    returncode: int | None

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        if (code := self._ended(timeout)) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._fd], [], [], timeout)[0]:
            os.close(self._fd)
            self.returncode = self._warm.ask({"ended": self.pid})
        return self.returncode


def serve() -> None:
    """Start what the lines of stdin ask for, until it closes."""
    for name in (*modules(COMMANDS), *MORE):
        importlib.import_module(name)
    for plugin in pkgutil.walk_packages(plugins.__path__, f"{plugins.__name__}."):
        importlib.import_module(plugin.name)
    assert threading.active_count() == 1, "a fork would lose the other threads"
    gc.freeze()
    for line in sys.stdin:
        told = json.loads(line)
        if "ended" in told:
            answer = os.waitstatus_to_exitcode(os.waitpid(told["ended"], 0)[1])
        elif not (answer := os.fork()):
            become(told)
        print(answer, flush=True)


def modules(entries: Mapping[str, Entry | Mapping[str, Entry]]) -> Iterator[str]:
    """The modules of all commands."""
    for name, entry in entries.items():
        if isinstance(entry, Mapping):
            yield from modules(entry)
        elif name:
            yield entry[0].partition(":")[0]


def become(told: Mapping[str, Any]) -> None:
    write = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    files = (os.devnull, os.O_RDONLY), (told["out"], write), (told["err"], write)
    for number, (file, flags) in enumerate(files):
        opened = os.open(file, flags)
        os.dup2(opened, number)
        os.close(opened)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(told["env"])
    sys.argv = told["command"]
    if sys.argv[0] != WINDLASS:
        sys.path[0] = os.path.dirname(sys.argv[0])
        runpy.run_path(sys.argv[0], run_name="__main__")
        sys.exit()
    sys.exit(main())


if __name__ == "__main__":
    serve()
