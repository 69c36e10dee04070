"""Runs inside the sandbox: apply ruff's safe fixes of some findings, and of no others.

Ruff itself fixes all of a file or nothing of it. Argument: the order as JSON, `ruff` (how it is asked, but
for the file) and `findings` (by path, of each the row, the rule and how its message begins). Nothing of
windlass is imported, the project's Python may be an old one.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""As ruff counts them: other signs that end a line somewhere do not here."""
BOM = "\ufeff"


def mend(ruff: list[str], path: str, findings: list[list[Any]]) -> None:
    """One after another, each in what the one before left; the last first, as the rows above it stay."""
    for row, rule, message in sorted(findings, reverse=True):
        for one in told(ruff, path):
            same = one["code"] == rule and str(one["message"]).startswith(message)
            if same and one["location"]["row"] == row:
                apply(path, one["fix"])
                break


def told(ruff: list[str], path: str) -> list[dict[str, Any]]:
    """What ruff finds in a file, nothing where it cannot tell."""
    ended = subprocess.run([*ruff, "--", path], stdout=subprocess.PIPE, check=False)
    return list(json.loads(ended.stdout)) if ended.returncode in (0, 1) else []


def apply(path: str, fix: dict[str, Any] | None) -> None:
    if fix is None or fix["applicability"] != "safe":
        return
    with open(path, encoding="utf-8", newline="") as stream:
        text = stream.read()
    mark = BOM if text.startswith(BOM) else ""
    changed = edited(text[len(mark) :], fix["edits"])
    with open(path, "w", encoding="utf-8", newline="") as stream:
        stream.write(mark + changed)


def edited(text: str, edits: list[dict[str, Any]]) -> str:
    """The text after some edits that do not overlap."""
    starts = [0]
    for line in LINE.findall(text):
        starts.append(starts[-1] + len(line))

    def at(place: dict[str, int]) -> int:
        return starts[min(place["row"], len(starts)) - 1] + place["column"] - 1

    for edit in sorted(edits, key=lambda one: at(one["location"]), reverse=True):
        text = text[: at(edit["location"])] + edit["content"] + text[at(edit["end_location"]) :]
    return text


def main() -> None:
    order = json.loads(sys.argv[1])
    for path, findings in order["findings"].items():
        mend(order["ruff"], path, findings)


if __name__ == "__main__":
    main()
