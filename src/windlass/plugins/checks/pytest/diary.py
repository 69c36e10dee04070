"""Runs inside the sandbox in place of `python -m pytest`, its text given to `python -c`: the same run, and a
diary of it in `diary.txt`, which tells whether it came to its end, and where it was if not.

A line `=3` says how many tests were chosen, `+tests/test_a.py::test_b` that one was begun, `.0` with which
code pytest has ended. It is written line by line, so that it outlives a run that is killed. The first
arguments are the texts of further plug-ins, `recorder.py` and `unseen.py`, each with what it takes itself,
and an empty one at the end. Nothing of windlass is imported, the project's Python may be an old one.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest


class Diary:
    """A plug-in of pytest. What it writes with is kept where tests that replace files do not find it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.begun: set[str] = set()
        self.open, self.write, self.close = os.open, os.write, os.close

    def note(self, line: str) -> None:
        """Add a line; one that cannot be written is missed, and what is missed is no pass."""
        try:
            handle = self.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError:
            return
        try:
            self.write(handle, (line.replace("\n", " ") + "\n").encode("utf-8", "replace"))
        except OSError:
            pass
        finally:
            self.close(handle)

    def begin(self, test: str) -> None:
        if test not in self.begun:
            self.begun.add(test)
            self.note("+" + test)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: Any) -> None:
        self.note("=" + str(len({item.nodeid for item in session.items})))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.begin(nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        self.begin(report.nodeid)


def main() -> None:
    diary = Diary(os.path.join(os.environ["WINDLASS_OUT"], "diary.txt"))
    plugins: list[Any] = [diary]
    text = sys.argv.pop(1)
    while text:
        more: dict[str, Any] = {"__name__": "more"}
        exec(text, more)  # noqa: S102 - a program of ours
        plugins.append(more["begin"]())
        text = sys.argv.pop(1)
    sys.argv[0] = os.path.join(os.path.dirname(pytest.__file__), "__main__.py")
    sys.path[0] = sys.path[0] or os.getcwd()
    code = int(pytest.main(sys.argv[1:], plugins=plugins))
    diary.note("." + str(code))
    for plugin in plugins[1:]:
        plugin.end()
    raise SystemExit(code)


if __name__ == "__main__":
    main()
