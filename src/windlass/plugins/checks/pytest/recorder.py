"""Runs inside the sandbox, its text handed to `diary.py`: a plug-in of pytest that writes at the end the file
`reach.json`, which says what every test ran. The first argument is the number of seconds after which it gives
up and the run goes on without.

Own functions are followed line by line while that is cheap; one that runs often in a test counts as run
whole, which can only choose more tests. Where pytest-cov measures, its coverage is asked by context instead,
for there can be one tracer. Nothing of windlass is imported, the project's Python may be an old one.
"""

from __future__ import annotations

import dis
import json
import os
import sys
import threading
import time
from typing import Any

import pytest

try:
    import coverage
except ImportError:
    coverage = None  # type: ignore[assignment]  # its tracer is quick, ours needs nothing

LINES_MAX = 100
"""Line events of one function in one test; what is more is not followed."""
CALL = 5
"""What a call of a function counts among them."""
STARTS = ("subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn")


class Seen:
    """What ran of one piece of code. `done`: nothing more can be learned by following it."""

    __slots__ = ("code", "done", "left", "lines", "places")

    def __init__(self, code: Any, places: Any) -> None:
        self.code = code
        self.lines = {code.co_firstlineno}
        self.places = places
        self.left = LINES_MAX
        self.done = False

    def follow(self) -> Any:
        """A tracer for another call, None where that can tell nothing new."""
        self.left -= CALL
        if self.left < 0:
            self.lines |= self.places
        self.done = self.places <= self.lines
        return None if self.done else self.line

    def line(self, frame: Any, event: str, arg: object) -> Any:
        if event == "line":
            self.lines.add(frame.f_lineno)
            self.left -= 1
            if self.left < 0:
                self.lines |= self.places
                self.done, frame.f_trace_lines = True, False
        return self.line


def lines_of(code: Any) -> Any:
    """The last of each tuple is a line."""
    return code.co_lines() if hasattr(code, "co_lines") else dis.findlinestarts(code)


class Recorder:
    """A plug-in of pytest."""

    def __init__(self, top: str, seconds: float) -> None:
        self.late = time.monotonic() + seconds
        self.given_up = False
        self.top = os.path.realpath(top) + os.sep
        self.paths: dict[str, str] = {}
        self.foreign: dict[int, Any] = {}
        self.lines: dict[int, Any] = {}
        self.loaded: dict[int, Seen] = {}
        self.now = self.loaded
        self.waiting: list[dict[int, Seen]] = []
        self.held: dict[int, dict[str, set[int]]] = {}
        self.tests: dict[str, int] = {}
        self.seconds: dict[int, float] = {}
        self.breadth: dict[int, int] = {}
        self.ran: dict[str, dict[int, int]] = {}
        self.read: dict[str, int] = {}
        self.opaque: set[str] = set()
        self.key = ""
        self.cov: Any = None
        self.controller: Any = None

    # --- the tracer

    def path(self, name: str) -> str:
        """A file's path in the tree, "" for one that is not of the tree or no Python."""
        found = self.paths.get(name)
        if found is None:
            whole = os.path.realpath(name)
            inside = whole.startswith(self.top) and whole.endswith(".py")
            found = self.paths[name] = whole[len(self.top) :] if inside else ""
        return found

    def called(self, frame: Any, event: str, arg: object) -> Any:
        code = frame.f_code
        seen = self.now.get(id(code))
        if seen is None:
            if id(code) in self.foreign:
                return None
            if not self.path(code.co_filename):
                self.foreign[id(code)] = code
                return None
            if code.co_name == "<module>":
                # An import happens once, whichever test comes first: it is no test's own.
                self.waiting.append(self.now)
                self.now = self.loaded
                frame.f_trace_lines = False
                return self.left
            seen = self.now[id(code)] = Seen(code, self.places(code))
        return None if seen.done else seen.follow()

    def places(self, code: Any) -> Any:
        """The lines of a piece of code."""
        known = self.lines.get(id(code))
        if known is None:
            lines = frozenset(line for *_, line in lines_of(code) if line)
            known = self.lines[id(code)] = (code, lines)  # the code is held, so that its id stays its own
        return known[1]

    def left(self, frame: Any, event: str, arg: object) -> Any:
        if event == "return" and self.waiting:
            self.now = self.waiting.pop()
        return self.left

    def audit(self, event: str, args: Any) -> None:
        if event == "open":
            if isinstance(args[0], (str, bytes, os.PathLike)):
                self.opened(os.fsdecode(args[0]))
        elif event in STARTS and self.key:
            self.opaque.add(self.key)

    def opened(self, name: str) -> None:
        whole = os.path.abspath(name)
        if whole.startswith(self.top) and not whole.endswith((".py", ".pyc")):
            path = whole[len(self.top) :]
            self.read[path] = self.read.get(path, 0) | (1 << self.number(self.key) if self.key else -1)

    # --- what pytest tells

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> Any:
        inside = item.nodeid[: len(item.nodeid) - len(item.name)]
        self.key = inside + (getattr(item, "originalname", None) or item.name)
        self.now, self.waiting = {}, []
        began = time.perf_counter()
        self.context(self.key)
        self.given_up = self.given_up or time.monotonic() > self.late
        if self.given_up:
            self.stop()
        elif self.cov is None:
            sys.settrace(self.called)
        yield
        if self.given_up:
            return
        if self.cov is None and sys.gettrace() != self.called:
            self.opaque.add(self.key)
        self.context("")
        fixtures = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
        parts = [self.held[id(one)] for many in fixtures.values() for one in many if id(one) in self.held]
        number = self.number(self.key)
        for part in [self.gathered(self.now), *parts]:
            self.mark(part, number)
        self.seconds[number] = self.seconds.get(number, 0.0) + time.perf_counter() - began
        self.now, self.key = self.loaded, ""

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:
        """What a fixture of a wider scope ran belongs to every test that has it."""
        if fixturedef.scope == "function":
            yield
            return
        before, self.now = self.now, {}
        self.context("fixture %d" % id(fixturedef))  # noqa: UP031 - the oldest Python that runs this
        yield
        self.held[id(fixturedef)] = self.gathered(self.now)
        self.context(self.key)
        self.now = before

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: Any) -> None:
        plugin = session.config.pluginmanager.getplugin("_cov")
        self.controller = getattr(plugin, "cov_controller", None)
        self.cov = getattr(self.controller, "cov", None)
        if self.cov is None and coverage is not None:
            self.cov = coverage.Coverage(data_file=None, config_file=False, source=[self.top])
            self.cov.start()
        elif self.cov is None:
            threading.settrace(self.called)
            sys.settrace(self.called)

    def context(self, name: str) -> None:
        if self.cov is not None:
            self.cov.switch_context(name)

    # --- what is told

    def gathered(self, now: dict[int, Seen]) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for seen in list(now.values()):
            found.setdefault(self.path(seen.code.co_filename), set()).update(seen.lines)
        return found

    def number(self, key: str) -> int:
        """Of a test, the same for all its parameters."""
        return self.tests.setdefault(key, len(self.tests))

    def mark(self, part: dict[str, set[int]], number: int) -> None:
        bit = 1 << number
        for path, lines in part.items():
            there = self.ran.setdefault(path, {})
            for line in lines:
                there[line] = there.get(line, 0) | bit
            self.breadth[number] = self.breadth.get(number, 0) + len(lines)

    def covered(self) -> dict[str, set[int]]:
        """What coverage knows by context: marks what tests ran, gives what ran outside of them."""
        outside: dict[str, set[int]] = {}
        # pytest-cov has put another in its place when it ends, which holds what was saved.
        data = getattr(self.controller, "cov", self.cov).get_data()
        for name in data.measured_files():
            path = self.path(name)
            for line, contexts in data.contexts_by_lineno(name).items() if path else ():
                for context in self.tests.keys() & contexts:
                    self.mark({path: {line}}, self.tests[context])
                if not self.tests.keys() >= set(contexts):
                    outside.setdefault(path, set()).add(line)
        return outside

    def end(self) -> None:
        """After pytest has ended."""
        with open(os.path.join(os.environ["WINDLASS_OUT"], "reach.json"), "w") as stream:
            json.dump(self.report(), stream, separators=(",", ":"))

    def stop(self) -> None:
        sys.settrace(None)
        threading.settrace(None)
        if self.cov is not None and self.controller is None:
            self.cov.stop()

    def report(self) -> dict[str, Any]:
        self.stop()
        if self.given_up:
            return {}
        loaded = self.gathered(self.loaded) if self.cov is None else self.covered()
        return {
            "tests": list(self.tests), "opaque": sorted(self.opaque),
            "seconds": [round(self.seconds.get(number, 0.0), 6) for number in self.tests.values()],
            "breadth": [self.breadth.get(number, 0) for number in self.tests.values()],
            "loaded": {path: sorted(lines) for path, lines in loaded.items()},
            "ran": {path: grouped(lines) for path, lines in self.ran.items()},
            "read": {path: hex(bits) for path, bits in self.read.items()},
        }  # fmt: skip


def grouped(lines: dict[int, int]) -> dict[str, list[int]]:
    """Lines that the same tests ran, by these tests."""
    found: dict[str, list[int]] = {}
    for line, bits in sorted(lines.items()):
        found.setdefault(hex(bits), []).append(line)
    return found


def begin() -> Recorder:
    recorder = Recorder(os.getcwd(), float(sys.argv.pop(1)))
    sys.addaudithook(recorder.audit)
    return recorder
