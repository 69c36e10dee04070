"""Runs inside the sandbox, its text handed to `diary.py`: after a run under pytest-cov it asks coverage for
the statements of changed files that no test has imported, and writes them to `unseen.json` as coverage.py
reports lines. The first argument is a JSON list of paths.

Coverage tells of such files itself only where `source` is set. What the project leaves out stays left out.
Nothing of windlass is imported, the project's Python may be an old one.
"""

from __future__ import annotations

import fnmatch
import json
import os
import sys
from typing import Any

import coverage

CHOSEN = ("run:source", "run:source_pkgs", "run:source_dirs", "run:include", "report:include")
"""Options by which a project says what is measured: then coverage has told of all that it is to tell of."""


class Unseen:
    """A plug-in of pytest without any hook."""

    def __init__(self, paths: list[str]) -> None:
        self.paths = paths
        self.top = os.getcwd()
        self.out = os.environ["WINDLASS_OUT"]

    def end(self) -> None:
        """After pytest has ended. Whatever goes wrong, nothing is told, which is no line that ran."""
        try:
            os.chdir(self.top)
            with open(os.path.join(self.out, "coverage.json")) as stream:
                seen = json.load(stream)["files"]
            found = self.statements([path for path in self.paths if path not in seen])
            with open(os.path.join(self.out, "unseen.json"), "w") as stream:
                json.dump({"files": found}, stream)
        except Exception as error:  # the run is over, and nothing of this may change how it ended
            sys.stderr.write("what no test imports cannot be told: %r\n" % (error,))  # noqa: UP031

    def statements(self, paths: list[str]) -> dict[str, Any]:
        cov = coverage.Coverage()
        cov.load()
        if any(option(cov, name) for name in CHOSEN):
            return {}
        omitted = [*option(cov, "run:omit"), *option(cov, "report:omit")]
        found = {}
        for path in paths:
            if not any(fits(path, pattern) for pattern in omitted):
                _, lines, _, missing, _ = cov.analysis2(os.path.join(self.top, path))
                ran = sorted(set(lines) - set(missing))
                found[path] = {"executed_lines": ran, "missing_lines": sorted(missing)}
        return found


def option(cov: Any, name: str) -> list[str]:
    """An option with a list; none where this coverage does not know it."""
    try:
        return list(cov.get_option(name) or [])
    except Exception:  # coverage's own class, which has moved
        return []


def fits(path: str, pattern: str) -> bool:
    """Whether a pattern of files may mean this one, rather too often."""
    whole = pattern.rstrip("/")
    return any(
        fnmatch.fnmatch(one, form)
        for one in (path, "./" + path, "/" + path, os.path.abspath(path))
        for form in (whole, "*/" + whole, whole + "/*", "*/" + whole + "/*")
    )


def begin() -> Unseen:
    return Unseen(json.loads(sys.argv.pop(1)))
