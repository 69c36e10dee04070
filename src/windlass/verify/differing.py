"""In which lines one text differs from another, and which ones a patch adds. Pure."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Final

LINES_MAX: Final = 4_000
"""Lines of what is neither a common beginning nor a common end; of more, all count as changed."""
SHOWN_MAX: Final = 10
"""Lines of either side that are shown."""
_HUNK: Final = re.compile(rb"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")

Added = Mapping[str, Mapping[int, str]]
"""By file the new lines, by their numbers."""


def changed_lines(before: bytes, after: bytes) -> frozenset[int]:
    """Numbers of lines that are new or other in `after`, from 1."""
    old, new = before.splitlines(), after.splitlines()
    first, last = _common(old, new)
    old, rest = old[first : len(old) - last], new[first : len(new) - last]
    if len(old) > LINES_MAX or len(rest) > LINES_MAX:
        return frozenset(range(first + 1, first + len(rest) + 1))
    spans = SequenceMatcher(None, old, rest, autojunk=False).get_opcodes()
    found = [range(start, end) for tag, _, _, start, end in spans if tag in ("replace", "insert")]
    return frozenset(first + line + 1 for span in found for line in span)


def shown(before: bytes, after: bytes) -> str:
    """The one place in which two texts differ, as a diff without its head."""
    old, new = (text.decode("utf-8", "replace").splitlines() for text in (before, after))
    first, last = _common(old, new)
    gone, came = old[first : len(old) - last], new[first : len(new) - last]
    return "\n".join([*(f"-{line}" for line in gone[:SHOWN_MAX]), *(f"+{line}" for line in came[:SHOWN_MAX])])


def added_lines(patch: bytes) -> Added:
    """Number and text of every line that a patch of git adds, by the file's new path."""
    found: dict[str, dict[int, str]] = {}
    path, number, left = "", 0, 0
    for line in patch.split(b"\n"):
        if not left and line.startswith(b"+++ "):
            name = line[4:].removeprefix(b"b/").rstrip(b"\t")
            path = "" if name == b"/dev/null" else name.decode("utf-8", "replace")
        elif hunk := _HUNK.match(line):
            number, left = int(hunk[1]), 1
        elif line.startswith(b"diff --git "):
            left = 0
        elif left and line.startswith(b"+"):
            if path:
                found.setdefault(path, {})[number] = line[1:].decode("utf-8", "replace")
            number += 1
        elif left and line.startswith(b" "):
            number += 1
    return found


def _common(old: list[bytes] | list[str], new: list[bytes] | list[str]) -> tuple[int, int]:
    """How many lines are the same at the beginning, and how many of the rest at the end."""
    least = min(len(old), len(new))
    first = next((n for n in range(least) if old[n] != new[n]), least)
    last = next((n for n in range(least - first) if old[-1 - n] != new[-1 - n]), least - first)
    return first, last
