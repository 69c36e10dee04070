"""Read the diary that `diary.py` kept of a run: how far it came. It was written beside hostile code. Pure."""

from dataclasses import dataclass
from typing import Final

LINES_MAX: Final = 1_000_000
NAME_MAX: Final = 300
"""Characters of a test's name that are told."""


@dataclass(frozen=True, slots=True)
class Course:
    """`chosen`: tests that were to run, None if it never came to that. `begun`: different ones that were.
    `last`: the one begun last. `code`: with which pytest came to its end, None if it did not.
    """

    chosen: int | None = None
    begun: int = 0
    last: str = ""
    code: int | None = None

    @property
    def where(self) -> str:
        """Where the run was when it ended, in words; empty where nobody knows."""
        if self.chosen is None:
            return "before any test was begun"
        return f"in {self.last}" if self.last and self.code is None else ""

    def gap(self, exit_code: int | None) -> str:
        """Why this was not a whole run, though its report may look like one; empty where it was. `exit_code`:
        of its process.
        """
        if self.chosen is None:
            return "the run ended while its tests were collected"
        if self.begun < self.chosen:
            after = f" after {self.last}" if self.last else ""
            return (
                f"the run ended early{after}: {self.chosen - self.begun} of {self.chosen} tests never began"
            )
        if self.code is None:
            last = self.last or "it began"
            return f"something ended the run after {last}, before pytest had come to its end"
        differs = f"pytest ended with exit code {self.code}, but its process with {exit_code}"
        return "" if self.code == exit_code else differs


def parse_diary(content: bytes) -> Course:
    """What a diary says; lines that are none are passed over."""
    chosen: int | None = None
    code: int | None = None
    begun: dict[str, None] = {}
    last = ""
    for line in content.decode("utf-8", "replace").split("\n", LINES_MAX)[:LINES_MAX]:
        if line[:1] == "+":
            last = line[1:]
            begun[last] = None
        elif line[:1] == "=" and chosen is None:
            chosen = _number(line)
        elif line[:1] == "." and code is None:
            code = _number(line)
    return Course(chosen, len(begun), last[:NAME_MAX], code)


def _number(line: str) -> int | None:
    digits = line[1:12]
    return int(digits) if digits.isascii() and digits.isdecimal() else None
