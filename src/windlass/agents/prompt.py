"""The words with which an agent gets its task, and those with which it may say no. Pure."""

import re
from typing import Final

from windlass.dispatch import Assignment

PROMPT_MAX: Final = 60_000
"""Characters; one argument of a program holds at most 128 KiB on Linux."""
REASON_MAX: Final = 1_000
FINDINGS_MAX: Final = 50
NO: Final = "CANNOT:"
_NO: Final = re.compile(rf"(?:^|[.!?:] ?){NO}(.*)")
"""At the start of a line, or of a sentence: some agents put their parts together without a break."""

_RULES: Final = f"""\
Rules:
- Work in the current folder. Change only the files named above; a path that ends in / is a folder.
- Do not commit, push or change branches; what you leave in the files is taken up afterwards.
- Do not weaken, skip or delete tests. Everything you leave is checked by the project's own checks.
- {{questions}} If it cannot be done, change nothing and end with one last line:
  {NO} the reason"""
_NOBODY: Final = "Nobody can answer questions."
_ASK: Final = (
    "Ask only where you cannot go on, by `ask_clarification` of the MCP server `windlass`;"
    " `check_task_status` brings the answer."
)
_AGAIN: Final = """\
You worked on this task before, in this session. Your changes were not kept: the files are as they were at the
start. Do the work again, with what you have learned.

"""


def prompt(assignment: Assignment, *, again: bool = False, asks: bool = False) -> str:
    """What an agent is told; `again`: it remembers an earlier attempt whose changes are gone; `asks`: it has
    been given the tools of its lease.
    """
    task = f"Task {assignment.task}: {assignment.title}"
    parts = [assignment.prompt.strip(), task, assignment.instructions.strip()]
    if assignment.findings:
        told = [f"- {one.path}:{one.line} {one.rule}: {one.text}" for one in assignment.findings]
        parts.append("What was found:\n" + "\n".join(told[:FINDINGS_MAX]))
    if assignment.feedback.strip():
        parts.append(f"The last attempt was not taken, because:\n{assignment.feedback.strip()}")
    files = "\n".join(f"- {path}" for path in assignment.paths) or "- none was named: ask for nothing else"
    parts.append(f"Files you may change:\n{files}")
    room = PROMPT_MAX - len(_RULES) - len(_ASK) - len(_AGAIN) - 2
    text = "\n\n".join(part for part in parts if part)
    if len(text) > room:
        text = text[: room - 20] + "\n[cut: too long]"
    rules = _RULES.format(questions=_ASK if asks else _NOBODY)
    return f"{_AGAIN if again else ''}{text}\n\n{rules}".replace("\0", "")


def no_of(said: str) -> str | None:
    """The reason why it cannot be done, if that is what the last line says."""
    lines = said.strip().splitlines()
    found = _NO.search(lines[-1].strip().strip("*`_ ")) if lines else None
    return None if found is None else found[1].strip()[:REASON_MAX] or "it gave no reason"
