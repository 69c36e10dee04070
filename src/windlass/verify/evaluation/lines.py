"""The lines that a change adds, and secrets among them. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from windlass.scan import find

_HUNK: Final = re.compile(rb"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")

Added = Mapping[str, Mapping[int, str]]


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


def secrets(added: Added) -> list[str]:
    """Where added lines look like a secret: `path:line kind`, never the secret itself."""
    return [
        f"{path}:{number} {one.what}"
        for path, lines in sorted(added.items())
        for one in find("\n".join(text for _, text in sorted(lines.items())).encode(), path)
        for number in sorted(lines)[one.line - 1 : one.line]
    ]
