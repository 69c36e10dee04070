"""Read the arguments of a tool at the door: every mistake at once, nothing unknown, nothing unbounded.

The published contract says the same in more words; this is what holds where no contract stands before it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from windlass.kernel import Invalid

TEXT_MAX: Final = 65_536
LINE_MAX: Final = 500
NUMBER_MAX: Final = 9_007_199_254_740_991
SHOWN_MAX: Final = 5

Read = Callable[[object], str]
"""What is wrong with a value, or nothing."""

_OID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _text(value: object) -> str:
    if isinstance(value, str) and 0 < len(value) <= TEXT_MAX and "\0" not in value:
        return ""
    return f"must be a text of 1 to {TEXT_MAX} characters"


def _line(value: object) -> str:
    if isinstance(value, str) and 0 < len(value) <= LINE_MAX and not _CONTROL.search(value):
        return ""
    return f"must be one line of 1 to {LINE_MAX} characters"


def _oid(value: object) -> str:
    return "" if isinstance(value, str) and _OID.fullmatch(value) else "must be a full commit id"


def _word(value: object) -> str:
    return "" if isinstance(value, str) and _WORD.fullmatch(value) else "must be a short name"


def _whole(least: int, most: int = NUMBER_MAX) -> Read:
    def read(value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return ""
        return f"must be a whole number from {least} to {most}"

    return read


def _number(least: float, most: float) -> Read:
    def read(value: object) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
            return ""
        return f"must be a number from {least:g} to {most:g}"

    return read


def _one_of(*words: str) -> Read:
    return lambda value: "" if value in words and isinstance(value, str) else f"must be {' or '.join(words)}"


def _many(read: Read, most: int, least: int = 0) -> Read:
    def all_of(value: object) -> str:
        if not isinstance(value, list) or not least <= len(value) <= most:
            return f"must be a list of {least} to {most} entries"
        if wrong := next((problem for entry in value if (problem := read(entry))), ""):
            return f"every entry {wrong}"
        alike = len({repr(entry) for entry in value}) < len(value)
        return "must not name anything twice" if alike else ""

    return all_of


def _table(required: Mapping[str, Read], optional: Mapping[str, Read]) -> Read:
    def read(value: object) -> str:
        if not isinstance(value, Mapping):
            return "must be an object"
        return "; ".join(mistakes(value, required, optional))

    return read


_ENTRY: Final = _table(
    {"item": _whole(1, 12), "state": _one_of("yes", "no", "not_applicable")}, {"note": _text}
)
_EVIDENCE: Final = _table(
    {
        "test_command": _text,
        "test_result": _table(
            {"outcome": _one_of("passed", "failed")}, {"exit_code": _whole(-128, 255), "summary": _text}
        ),
        "files_changed": _many(_text, 1000),
        "checklist": _many(_ENTRY, 12),
    },
    {
        "coverage": _table({"percent": _number(0, 100), "artifact": _text}, {}),
        "benchmark": _table(
            {"name": _line, "value": _number(-1e308, 1e308), "artifact": _text}, {"unit": _line}
        ),
        "review_response": _text,
    },
)
_TOKEN: Final[Mapping[str, Read]] = {"lease_token": _line}
_TASK: Final[Mapping[str, Read]] = {"task_id": _whole(1)}
_WHY: Final[Mapping[str, Read]] = {**_TASK, "reason": _text}
_SUBMIT: Final[Mapping[str, Read]] = {
    **_TOKEN, "commit": _oid, "note": _text, "verdict": _one_of("pass", "reject"), "reason": _text,
}  # fmt: skip

SHAPES: Final[Mapping[str, tuple[Mapping[str, Read], Mapping[str, Read]]]] = {
    "claim_task": ({}, {"lanes": _many(_word, 64), "repository": _line, "wait_s": _number(0, 30)}),
    "renew_lease": ({}, _TOKEN),
    "ask_clarification": (
        {"question": _text},
        {**_TOKEN, "options": _many(_line, 10, 2), "proposal": _text, "evidence": _many(_text, 20)},
    ),
    "check_task_status": ({}, {**_TOKEN, **_TASK}),
    "submit_for_review": ({}, _SUBMIT),
    "submit_for_review_with_evidence": ({"evidence": _EVIDENCE}, _SUBMIT),
    "get_task_history": (
        {}, {**_TOKEN, **_TASK, "after": _whole(0), "limit": _whole(1, 500)},
    ),
    "respond_to_blocker": ({**_TASK, "answer": _text}, {"choice": _line}),
    "approve_work": ({**_TASK, "commit": _oid}, {"note": _text}),
    "reject_work": (_WHY, {"commit": _oid}),
    "requeue_task": (_WHY, {}),
    "force_unblock": (_WHY, {}),
    "cancel_task": (_WHY, {}),
    "sweep_stale_leases": ({}, {"repository": _line}),
}  # fmt: skip
"""By tool: what is required and what may be given."""


def checked(tool: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
    """The arguments, if they fit; else Invalid with every mistake."""
    required, optional = SHAPES[tool]
    wrong = mistakes(arguments, required, optional)
    if wrong:
        more = f"; and {len(wrong) - SHOWN_MAX} more" if len(wrong) > SHOWN_MAX else ""
        known = ", ".join((*required, *optional)) or "none"
        raise Invalid(f"{tool}: {'; '.join(wrong[:SHOWN_MAX])}{more}", hint=f"arguments of {tool}: {known}")
    return arguments


def mistakes(
    given: Mapping[str, object], required: Mapping[str, Read], optional: Mapping[str, Read]
) -> list[str]:
    """What does not fit, each with the name it is about."""
    wrong = [f"{name!r} is missing" for name in required if name not in given]
    for name, value in given.items():
        read = required.get(name) or optional.get(name)
        if read is None:
            wrong.append(f"{str(name)[:40]!r} is not known")
        elif problem := read(value):
            wrong.append(f"{name!r} {problem}")
    return wrong
