"""Runs inside the sandbox with the project's Python, and runs one of the programs beside it there: what they
have in common, from the order to the answer.

Arguments: the order as JSON (`folder`, `limit_s`, and what the program wants), the file for the answer, and
the text of the program. Nothing else of windlass is imported, the project's Python may be an old one.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

TEXT_MAX = 300
NAME = "windlass.plugins.checks.migrations.inside"
"""As which the programs import this."""


class Account:
    """What one project's migrations came to; a program has a `Look`, which is one with a method `run`."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.top = os.path.realpath(os.getcwd())
        self.faults: list[dict[str, Any]] = []
        self.notes: list[str] = []

    def put(self, rule: str, place: tuple[str, int], text: str, about: str = "") -> None:
        """A fault at a line of a file; an empty path is no file of the tree."""
        path, line = place
        fault = {"rule": rule, "path": path, "line": line, "about": about[:100], "text": plain(text)}
        self.faults.append(fault)


def attempt(call: Any) -> BaseException | None:
    """How it broke, if it did."""
    try:
        call()
    except (Exception, SystemExit) as error:  # it is the project's own code
        return error
    return None


def told(error: BaseException) -> str:
    return plain(f"{type(error).__name__}: {error}")


def plain(text: str) -> str:
    return " ".join(text.split())[:TEXT_MAX]


def main() -> None:
    order, into, program = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3]
    signal.alarm(int(order["limit_s"]))
    sys.modules[NAME] = sys.modules[__name__]
    names: dict[str, Any] = {"__name__": "program"}
    exec(program, names)  # noqa: S102 - our own text
    look = names["Look"](order)
    os.chdir(order["folder"] or ".")
    sys.path.insert(0, os.getcwd())
    error = attempt(look.run)
    if error is not None:
        look.notes.append(told(error))
    with open(into, "w") as stream:
        json.dump({"faults": look.faults, "notes": look.notes}, stream)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
