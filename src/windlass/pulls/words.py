"""What a pull request says. Foreign text stands in blocks of code, where nothing of it is a mention, a link,
a picture or an order to close something. Pure.
"""

from collections.abc import Sequence
from typing import Final

from windlass.pulls.model import Due

TITLE_MAX: Final = 200
LINE_MAX: Final = 500
LINES_MAX: Final = 20
FILES_MAX: Final = 50


def title(due: Due) -> str:
    """One plain line."""
    line = plain(due.task.title) or f"Task {due.landing.task_id}"
    return line if len(line) <= TITLE_MAX else f"{line[: TITLE_MAX - 1]}…"


def body(due: Due) -> str:
    """What it is, what was checked, and how a person decides."""
    item = f", item {due.task.item_id}" if due.task.item_id is not None else ""
    work = due.submission
    more = [f"and {len(work.files) - FILES_MAX} more"] if work.files[FILES_MAX:] else []
    parts = [
        f"Windlass offers this change for task {due.task.id}{item}.",
        block([due.task.title]),
        f"It changes {len(work.files)} files, {work.lines} lines; made in sandbox `{plain(work.sandbox)}`:",
        block([*work.files[:FILES_MAX], *more]),
        *(_checked(due) if due.asked is None else _waits(due)),
    ]
    return "\n\n".join(parts) + "\n"


def block(lines: Sequence[str]) -> str:
    """Lines as a block of code, which nothing inside can end."""
    shown = [plain(line)[:LINE_MAX] for line in lines]
    return "\n".join(f"    {line}" for line in shown if line) or "    (empty)"


def plain(text: str) -> str:
    """One line of printable characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _checked(due: Due) -> list[str]:
    return [
        f"Its tests passed on this very tree, upon `{due.landing.base}`:",
        block([f"tree {due.landing.tree}", *due.proven[:LINES_MAX]]),
        f"**To decide:** merge this pull request, or close it. Windlass sees either, and does not move"
        f" `{plain(due.landing.branch)}` for it.",
    ]  # fmt: skip


def _waits(due: Due) -> list[str]:
    assert due.asked is not None
    answers = [f"windlass decide answer {due.asked.decision} {one}" for one in due.asked.options]
    return [
        f"It may not land on `{plain(due.landing.branch)}` without a person:",
        block(due.asked.limits[:LINES_MAX] or [due.landing.reason]),
        "**To decide:**",
        block(answers),
        "If you let it land, windlass tests it once more upon what the branch is then, lands the tree that"
        " was tested, and closes this pull request.",
    ]  # fmt: skip
