"""Runs inside the sandbox, its text given to `python -c`: tries faults in the project's files one after the
other, each with its own tests in a process of its own, and writes what became of each to `attempts.jsonl`.

Arguments: seconds until no further one is begun, how many words the attempts take, these words, and the
arguments for pytest. pytest is imported once, before the processes part ways, unless the project is a part of
it; of the project nothing is, so every process reads it anew, the fault with it. Compiled files are shared
between them: a faulty file gets a time of change that no other version of it has, so none is taken for
another.

A fault that made a test fail is only believed if the tests until then pass without it, one after the other
just so: else the test needs others before it, and says nothing. Nothing of windlass is imported, the
project's Python may be an old one.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import os
import resource
import signal
import sys
import time
import zlib
from importlib import import_module
from typing import Any

POLL_S = 0.003
MTIME = 1_000_000_000
TOLD = 300
"""Characters of a test's name that are told."""


class Counter:
    """A plug-in of pytest: what ran, how long it took, and the first failure. The clock is kept where tests
    that stop the time do not find it.
    """

    def __init__(self) -> None:
        self.clock = time.perf_counter
        self.ran: dict[str, float] = {}
        self.began = 0.0
        self.seconds = 0.0
        self.failed = ""
        self.failed_s: float | None = None
        self.until: list[str] = []

    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> Any:
        self.ran[item.nodeid] = 0.0
        self.began = self.clock()
        yield
        self.ran[item.nodeid] = self.clock() - self.began
        self.seconds += self.ran[item.nodeid]

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.failed:
            self.failed, self.until = report.nodeid, list(self.ran)
            self.failed_s = self.seconds + self.clock() - self.began

    def told(self) -> dict[str, Any]:
        return {"ran": self.ran, "tests_s": self.seconds, "failed": self.failed,
                "failed_s": self.failed_s, "until": self.until}  # fmt: skip


class Trial:
    """`argv`: for pytest. `passes`: what earlier runs without a fault said, by the tests they ran."""

    def __init__(self, argv: list[str], end: float, told: str) -> None:
        self.argv = argv
        self.end = end
        self.told = told
        self.passes: dict[Any, bool] = {}
        self.number = 0

    def attempt(self, one: dict[str, Any]) -> dict[str, Any]:
        """Write the fault, run, write back what was there."""
        path = one["path"]
        if not path:
            return self.run(one["tests"], one)
        with open(path, "rb") as stream:
            source = stream.read()
        status = os.stat(path)
        faulty = source[: one["first"]] + one["new"].encode() + source[one["last"] :]
        try:
            compile(faulty, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return {"invalid": True}
        self.number += 1
        try:
            write(path, faulty, (MTIME + self.number) * 10**9)
            found = self.run(one["tests"], one)
        finally:
            write(path, source, status.st_mtime_ns)
        if found["code"] not in (0, None):
            found["alone"] = not self.fails_without(found, one)
        return found

    def fails_without(self, found: dict[str, Any], one: dict[str, Any]) -> bool:
        """Whether the tests that ran fail without the fault as well, or cannot even be collected."""
        until = dict.fromkeys(name.partition("[")[0] for name in found.get("until", ()))
        words = tuple(until) or (*([] if found.get("failed") else ["--collect-only"]), *one["tests"])
        if words not in self.passes:
            self.passes[words] = self.run(list(words), one)["code"] == 0
        return not self.passes[words]

    def run(self, words: list[str], one: dict[str, Any]) -> dict[str, Any]:
        """pytest on some tests in a process of its own; `code` None where that had to be ended."""
        began = time.monotonic()
        pid = os.fork()
        if pid == 0:
            inside([*self.argv, *(["-x"] if one["path"] else []), *words], one["cpu_s"], self.told)
        late = min(began + one["wall_s"], self.end)
        while True:
            ended, status, used = os.wait4(pid, os.WNOHANG)
            if ended:
                break
            if time.monotonic() > late:
                end(pid)
                _, status, used = os.wait4(pid, 0)
                break
            time.sleep(POLL_S)
        end(pid)
        found: dict[str, Any] = {"seconds": time.monotonic() - began, "cpu_s": used.ru_utime + used.ru_stime}
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        over = time.monotonic() > late or code == -signal.SIGXCPU or found["cpu_s"] >= one["cpu_s"]
        found["code"] = None if over and code < 0 else code
        found["cut"] = found["code"] is None and time.monotonic() > self.end
        with contextlib.suppress(OSError, ValueError):  # else it was ended, and told nothing
            with open(self.told) as stream:
                found.update(json.load(stream))
            os.unlink(self.told)
        return found


def inside(argv: list[str], cpu_s: float, into: str) -> None:
    """The process of one run; never returns."""
    os.setsid()
    hole = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(hole, stream)
    limit = math.ceil(cpu_s)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    counter, code = Counter(), 3
    try:
        pytest = import_module("pytest")
        pytest.hookimpl(hookwrapper=True, tryfirst=True)(Counter.pytest_runtest_protocol)
        code = int(pytest.main(argv, plugins=[counter]))
    finally:
        with open(into, "w") as told:
            json.dump(counter.told(), told)
        os._exit(code)


def part_of_pytest() -> bool:
    """Whether pytest imports files of the project, as for pytest itself and what it is made of."""
    pid = os.fork()
    if pid == 0:
        top, code = os.path.realpath(os.getcwd()) + os.sep, 1
        try:
            import_module("pytest")
            files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
            code = int(any(os.path.realpath(file).startswith(top) for file in files))
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1] != 0


def end(pid: int) -> None:
    """End what is left of a run's session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def write(path: str, content: bytes, mtime_ns: int) -> None:
    with open(path, "wb") as stream:
        stream.write(content)
    os.utime(path, ns=(mtime_ns, mtime_ns))


def by_function(ran: dict[str, float]) -> dict[str, float]:
    """Seconds of tests without their parameters."""
    found: dict[str, float] = {}
    for name, seconds in ran.items():
        function = name.partition("[")[0]
        found[function] = found.get(function, 0.0) + seconds
    return found


def main() -> None:
    seconds, words = float(sys.argv[1]), int(sys.argv[2])
    packed = "".join(sys.argv[3 : 3 + words])
    told = json.loads(zlib.decompress(base64.b85decode(packed)))
    out = os.environ["WINDLASS_OUT"]
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.path.join(out, "compiled")
    if not part_of_pytest():
        import_module("pytest")
    trial = Trial(sys.argv[3 + words :], time.monotonic() + seconds, os.path.join(out, "told.json"))
    with open(os.path.join(out, "attempts.jsonl"), "w") as stream:
        for number, one in enumerate(told["attempts"]):
            if time.monotonic() > trial.end:
                break
            one["tests"] = [told["names"][name] for name in one["tests"]]
            found = trial.attempt(one)
            found.pop("until", None)
            ran = found.pop("ran", {})
            found.update(number=number, tests=len(ran), failed=found.get("failed", "")[:TOLD])
            json.dump(found if one["path"] else {**found, "each": by_function(ran)}, stream)
            stream.write("\n")
            stream.flush()


if __name__ == "__main__":
    main()
