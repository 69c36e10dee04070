"""The landing commit's message: an imperative title and trailers that lead back to the evidence."""

from collections.abc import Sequence
from typing import Final

TITLE_MAX: Final = 72
"""Characters of a commit's first line."""


def message(
    title: str, *, item: int | None, task: int, fence: int, submission: str, evidence: Sequence[str],
    batch: str = "", reverts: str = "",
) -> str:  # fmt: skip
    """Write the message; the same inputs give the same bytes, so a retry makes the same commit."""
    trailers = [
        *([f"Windlass-Item: {item}"] if item is not None else []),
        f"Windlass-Task: {task}",
        f"Windlass-Attempt: {fence}",
        f"Windlass-Submission: {submission}",
        *([f"Windlass-Reverts: {reverts}"] if reverts else []),
        *([f"Windlass-Batch: {_line(batch)}"] if batch else []),
        *(f"Windlass-Evidence: {_line(one)}" for one in evidence),
    ]
    return subject(title) + "\n\n" + "\n".join(trailers) + "\n"


def subject(title: str) -> str:
    """One line of at most TITLE_MAX characters, without anything a terminal or mail reader would act on."""
    line = _line(title).lstrip("#").strip() or "Change what the task asked for"
    line = line[0].upper() + line[1:]
    return line if len(line) <= TITLE_MAX else line[: TITLE_MAX - 1].rstrip() + "…"


def _line(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(shown.encode(errors="replace").decode().split())
