"""What a host says, made fit for a terminal, a log and a row."""

import re
from typing import Final

SAID_MAX: Final = 600
"""Characters of what the host said that are told."""
_ESCAPE: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?|\x9b[0-?]*[ -/]*[@-~]"
)
_LOGIN: Final = re.compile(r"(?<=://)[^/@\s]+@")


def clean(text: str) -> str:
    """Text of a host as one line that no terminal obeys, without logins of addresses, bounded."""
    plain = _LOGIN.sub("***@", _ESCAPE.sub("", text[: 20 * SAID_MAX]))
    line = " ".join("".join(c if c.isprintable() else " " for c in plain).split())
    return line if len(line) <= SAID_MAX else f"{line[: SAID_MAX - 2]} …"
