"""Entries of a founding tool's `backlog.yml` as entries of ours. Pure.

These files have entries with an id of their own (`CRIT-001`), a description, acceptance criteria in prose,
a status from NEW to DONE, a risk tier and the four parts of WSJF, in one list or in several.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from windlass.backlog.entries import ENTRIES_MAX, SCORES, Entry, refusal
from windlass.backlog.model import SCALE, ItemState

LISTS: Final = (
    "items", "backlog", "backlog_items", "critical_items", "high_priority", "medium_priority", "low_priority",
    "new_items", "discovered_tasks", "blocked_items", "blocked", "completed", "completed_recent",
)  # fmt: skip
"""Where these files have entries."""
STATES: Final[Mapping[str, ItemState]] = {
    **dict.fromkeys(
        ("NEW", "REFINED", "READY", "BACKLOG", "TODO", "OPEN", "DOING", "IN_PROGRESS", "PR"), ItemState.OPEN
    ),
    "BLOCKED": ItemState.BLOCKED,
    **dict.fromkeys(("DONE", "MERGED", "COMPLETED", "CLOSED"), ItemState.CLOSED),
}
CATEGORIES: Final[Mapping[str, str]] = {
    "enhancement": "feature", "improvement": "feature", "feature-enhancement": "feature",
    "bug-fix": "bug", "bugfix": "bug", "tech-debt": "technical-debt", "code-quality": "technical-debt",
}  # fmt: skip
"""Words of theirs for what has another one here; `_` is `-` already."""
ALSO: Final[Mapping[str, str]] = {"value": "business_value", "effort": "job_size"}
"""Parts of a score that have two names there."""
_MARKS: Final = frozenset(
    {"acceptance_criteria", "risk_tier", "description", "created_at", "wsjf_score", "completed_at"}
)
_IN_STATE: Final = {
    "blocked_items": "BLOCKED", "blocked": "BLOCKED", "completed": "DONE", "completed_recent": "DONE",
}  # fmt: skip
"""What an entry of these lists is where it does not say."""
ID_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Brought:
    """Entries to add, the ids of those that are done, and every score that was not on the scale."""

    entries: tuple[Entry, ...]
    done: tuple[str, ...]
    rounded: tuple[str, ...]


def is_founding(document: Mapping[str, Any]) -> bool:
    """Whether a parsed file is one of the founding tools, and none of ours."""
    if "format" in document or "repository" in document:
        return False
    if any(name in document for name in LISTS if name != "items"):
        return True
    return any(
        isinstance(one, dict) and (_MARKS & {*one} or isinstance(one.get("id"), str))
        for one in _listed(document, "items")
    )


def translate(document: Mapping[str, Any]) -> Brought:
    """Every entry under a key that is the same each time, or Invalid with all that is wrong."""
    problems = [
        f"{name} is not a list"
        for name in LISTS
        if document.get(name) is not None and not _is_list(document, name)
    ]
    every = [
        _Told(one, f"{name}[{number}]", _IN_STATE.get(name, "NEW"), problems)
        for name in LISTS
        for number, one in enumerate(_listed(document, name)[: ENTRIES_MAX + 1], 1)
    ]
    if len(every) > ENTRIES_MAX:
        raise refusal([*problems, f"more than {ENTRIES_MAX} entries"])
    # What is done is often told twice: where it was, and in a list of what was completed.
    done = dict.fromkeys(told.id for told in every if told.id and told.state is ItemState.CLOSED)
    rounded: list[str] = []
    seen: dict[str, str] = {}
    entries = [told.entry(seen, rounded) for told in every if told.id and told.id not in done]
    if problems:
        raise refusal(problems)
    return Brought(tuple(entries), tuple(done), tuple(rounded))


def on_the_scale(value: float) -> int:
    """The nearest of 1-2-3-5-8-13; in the middle between two, the larger."""
    return min(reversed(SCALE), key=lambda step: abs(step - value))


def _is_list(document: Mapping[str, Any], name: str) -> bool:
    return isinstance(document.get(name), list)


def _listed(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []


class _Told:
    """One entry as the file has it; what is wrong with it goes to `problems`."""

    def __init__(self, given: object, where: str, state: str, problems: list[str]) -> None:
        self._given: Mapping[Any, Any] = given if isinstance(given, dict) else {}
        self._problems, self._unsaid = problems, state
        raw = self._given.get("id")
        self.id = str(raw).strip() if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
        self._where = f"{where} ({self.id[:40]})" if self.id else where
        if not isinstance(given, dict):
            self._bad("is not a table")
        elif not self.id or len(self.id) > ID_MAX or not self.id.isprintable():
            self._bad(f"id {raw!r} is no text of 1 to {ID_MAX} signs")
            self.id = ""
        self.state = self._state() if self.id else ItemState.OPEN

    def entry(self, seen: dict[str, str], rounded: list[str]) -> Entry:
        """Of what is done this is not asked, so nothing of that can be wrong."""
        if self.id in seen:
            self._bad(f"has the id of {seen[self.id]}")
        seen[self.id] = self._where
        title = self._text("title").strip()
        if not title:
            self._bad("has no title")
        category = re.sub(r"[^a-z0-9]+", "-", self._text("type").lower()).strip("-")[:50]
        return Entry(
            where=self._where, item_id=None, key=f"backlog.yml/{self.id}", title=title,
            text=self._prose(), category=CATEGORIES.get(category, category) or None, state=self.state,
            reason=f"imported: {self._why()}"[:500] if self.state is ItemState.BLOCKED else None,
            score=self._scores(rounded), boost=None, urgency=None, due_at=None, labels=self._labels(),
        )  # fmt: skip

    def _state(self) -> ItemState:
        told = self._given.get("status", self._unsaid)
        found = (
            STATES.get(told.strip().upper().replace("-", "_").replace(" ", "_"))
            if isinstance(told, str)
            else None
        )
        if found is None:
            self._bad(f"status {told!r} is not one of {', '.join(STATES)}"[:250])
        return found or ItemState.OPEN

    def _scores(self, rounded: list[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for key in SCORES:
            value = self._given.get(key, self._given.get(ALSO.get(key)))
            if value is None:
                continue
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or not 0 <= value <= 1e6:
                self._bad(f"{key} {value!r} is no number from 0"[:200])
                continue
            found[SCORES[key]] = on_the_scale(float(value))
            if value != found[SCORES[key]]:
                rounded.append(f"{self.id} {key} {value:g} -> {found[SCORES[key]]}")
        return found

    def _prose(self) -> str:
        """The description, and what has no field here: criteria in prose are for people, not to be run."""
        told = [self._text("description").strip()]
        see = [*self._texts("links"), *self._texts("files")]
        for lines, head in ((self._texts("acceptance_criteria"), "Done when:"), (see, "See:")):
            points = dict.fromkeys(f"- {' '.join(one.split())}" for one in lines if one.strip())
            told += ["\n".join([head, *points])] if points else []
        notes = self._text("notes").strip()
        made = self._given.get("created_at")
        since = made.isoformat() if isinstance(made, date | datetime) else made
        told += [notes, f"{self.id}, on the backlog since {str(since)[:10]}" if since else self.id]
        return "\n\n".join(part for part in told if part)

    def _labels(self) -> tuple[str, ...]:
        risk = self._text("risk_tier").strip().lower()
        tags = [tag.strip() for tag in self._texts("tags") if tag.strip()]
        return tuple(dict.fromkeys([*([f"risk:{risk}"] if risk else []), *tags]))

    def _why(self) -> str:
        return self._text("blocked_reason") or self._text("blocker") or "blocked there"

    def _text(self, key: str) -> str:
        value = self._given.get(key)
        if value is not None and not isinstance(value, str):
            self._bad(f"{key} is not text")
        return value if isinstance(value, str) else ""

    def _texts(self, key: str) -> list[str]:
        value = self._given.get(key)
        if value is not None and not isinstance(value, list):
            self._bad(f"{key} is not a list of texts")
        # `- Answers: 200` was meant as a text, and YAML reads a table.
        return [_plain(one) for one in value] if isinstance(value, list) else []

    def _bad(self, why: str) -> None:
        self._problems.append(f"{self._where}: {why}")


def _plain(one: object) -> str:
    return ", ".join(f"{key}: {value}" for key, value in one.items()) if isinstance(one, dict) else str(one)
