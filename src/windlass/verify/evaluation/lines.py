"""The lines that a change adds, and secrets among them. Pure."""

import re
from collections.abc import Mapping
from typing import Final

SECRETS: Final = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "AWS access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{60,}\b"),
    "Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "JSON web token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "Stripe key": re.compile(r"\b[rs]k_live_[0-9A-Za-z]{16,}"),
    "assigned secret": re.compile(
        r"(?i)\b\w*(?:password|passwd|secret|api_?key|auth_?token|private_?key)\w*[\"']?\s*[:=]\s*"
        r"[\"'](?=[^\"']*[0-9])[^\"'\s$<{%]{8,}[\"']"
    ),
}
"""Texts that are a secret by their form, and values with a digit that are given to a name of a secret."""
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
    """Where an added line looks like a secret: `path:line kind`, never the secret itself."""
    return [
        f"{path}:{number} {kind}"
        for path, lines in sorted(added.items())
        for number, text in sorted(lines.items())
        for kind, form in SECRETS.items()
        if form.search(text)
    ]
