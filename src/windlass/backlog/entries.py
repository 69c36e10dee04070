"""The entries of `backlog.yml`: what may be edited, what is for reading, and every mistake at once. Pure.

Editable: title, text, type, status (open, declined, closed), the four scores, boost, urgency, due, labels,
reason, acceptance, playbook. Everything else is written for the reader and for a lossless return; changing
it is a mistake that is named.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import yaml

from windlass.backlog.acceptance import check_acceptance
from windlass.backlog.model import ITEM, Item, ItemState, Score, Urgency
from windlass.backlog.wsjf import on_scale, wsjf
from windlass.kernel import Invalid, iso

SIZE_MAX: Final = 20_000_000
ENTRIES_MAX: Final = 50_000
PROBLEMS_MAX: Final = 50
ALIASED_MAX: Final = 2_000_000
"""Characters that all aliases of a file may repeat."""
FORMAT: Final = 1
SCORES: Final = {
    "value": "value", "time_criticality": "criticality", "risk_reduction": "risk_reduction", "effort": "size",
}  # fmt: skip
"""Keys of the file -> fields of an item."""

_BY_HAND: Final = (ItemState.OPEN, ItemState.DECLINED, ItemState.CLOSED)
_EDITABLE: Final = frozenset(
    {
        "title",
        "text",
        "type",
        "status",
        "reason",
        *SCORES,
        "boost",
        "urgency",
        "due",
        "labels",
        "acceptance",
        "playbook",
    }
)
_READ_ONLY: Final = frozenset({
    "id", "key", "source", "rule", "wsjf", "scored_by", "fixable", "route", "route_reasons", "created",
    "updated", "closed", "findings", "history",
})  # fmt: skip
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the file has it, parsed. `item_id` None: a new item. None elsewhere: not given."""

    where: str
    item_id: int | None
    key: str | None
    title: str | None
    text: str | None
    category: str | None
    state: ItemState | None
    reason: str | None
    score: Mapping[str, int]
    boost: float | None
    urgency: Urgency | None
    due_at: float | None
    labels: tuple[str, ...] | None
    acceptance: tuple[str, ...] | None = None
    playbook: str | None = None

    def apply_to(self, old: Score) -> Score:
        """The old score with what the entry gives in place of it."""
        given = {field: self.score.get(field, getattr(old, field)) for field in SCORES.values()}
        return Score(**given)


def to_entry(
    item: Item, now: float, places: list[str], history: list[Mapping[str, object]]
) -> dict[str, Any]:
    """An item as the file shows it: what may be edited first. Empty and default parts are left out."""
    age = max(0.0, now - item.created_at) / 86_400
    shown = {
        "id": item.id, "title": item.title, "type": item.category, "status": item.state.value,
        **{name: getattr(item, field) for name, field in SCORES.items()},
        "labels": list(item.labels), "text": item.text, "reason": item.reason,
        "acceptance": list(item.acceptance), "playbook": item.playbook,
        "boost": item.boost if item.boost != 1.0 else None,
        "urgency": item.urgency.value if item.urgency is not Urgency.STANDARD else None,
        "due": None if item.due_at is None else iso(item.due_at),
        "key": item.key, "source": item.source, "rule": item.rule,
        "wsjf": round(wsjf(item.score, age, boost=item.boost), 2), "scored_by": item.scored_by,
        "fixable": item.fixable or None, "route": item.route, "route_reasons": list(item.route_reasons),
        "created": iso(item.created_at), "updated": iso(item.updated_at),
        "closed": None if item.closed_at is None else iso(item.closed_at),
        "findings": places, "history": history,
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value not in (None, "", [], ())}


def dump(repository: str, entries: list[dict[str, Any]]) -> str:
    """The whole file; sorted by nothing but the given order, so that exports differ only where items do."""
    head = (
        "# The backlog. Edit title, text, type, status (open, declined, closed), reason, boost, urgency,\n"
        "# due, labels, acceptance, playbook, and value, time_criticality, risk_reduction and effort (each\n"
        "# 1-2-3-5-8-13).\n"
        "# An entry without an id is new. Read it back with: windlass backlog import FILE\n"
    )
    body = {"format": FORMAT, "repository": repository, "items": entries}
    return head + yaml.dump(
        body, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False
    )


class _Dumper(yaml.SafeDumper):
    """No anchors: what it writes is what `load` accepts."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def load(text: str) -> list[Entry]:
    """Every entry of a file, or Invalid with all problems, each with its entry and key."""
    return read_entries(read_document(text))


def read_entries(document: Mapping[str, Any]) -> list[Entry]:
    """The same, of a file that was parsed already."""
    problems: list[str] = []
    unknown = sorted(str(key) for key in document if key not in ("format", "repository", "items"))
    problems += [f"unknown key {key!r} beside items" for key in unknown]
    if document.get("format", FORMAT) != FORMAT:
        problems.append(f"format {document['format']!r} is not {FORMAT}")
    given = document.get("items")
    if not isinstance(given, list):
        raise _refuse([*problems, "items is not a list"])
    if len(given) > ENTRIES_MAX:
        raise _refuse([*problems, f"more than {ENTRIES_MAX} items"])
    entries = [_entry(one, f"entry {n}", problems) for n, one in enumerate(given, 1)]
    seen: set[int] = set()
    for entry in entries:
        if entry is not None and entry.item_id is not None:
            if entry.item_id in seen:
                problems.append(f"{entry.where}: id {entry.item_id} is there twice")
            seen.add(entry.item_id)
    if problems:
        raise _refuse(problems)
    return [entry for entry in entries if entry is not None]


def check_state(old: ItemState, new: ItemState, where: str) -> str | None:
    """Why a person may not move an item so by the file, None if it is fine."""
    if new is old:
        return None
    if new not in _BY_HAND or new not in ITEM.moves[old]:
        return f"{where}: status cannot go from {old.value} to {new.value} by hand"
    return None


def refusal(problems: list[str]) -> Invalid:
    return _refuse(problems)


def read_document(text: str) -> Mapping[str, Any]:
    """The file as plain values, or Invalid: bounded in size, also of what aliases repeat."""
    if len(text) > SIZE_MAX:
        raise Invalid(f"the backlog file has more than {SIZE_MAX} characters")
    try:
        _check_aliases(text)
        document = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Invalid(f"the backlog file is not YAML: {' '.join(str(error).split())}"[:500]) from error
    if not isinstance(document, dict):
        raise Invalid("the backlog file has no entries", hint="`windlass backlog export` shows its shape")
    return document


def _check_aliases(text: str) -> None:
    """An alias repeats what an anchor holds; a few lines of nested ones unfold to gigabytes.

    So they may only stand for texts and flat lists of these, as tools write that have one list in two places.
    """
    sizes: dict[str, int] = {}
    open_: list[str | None] = []
    repeated = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            repeated += sizes.get(event.anchor or "", ALIASED_MAX + 1)
            if repeated > ALIASED_MAX or any(open_):
                raise Invalid("the backlog file uses nested YAML aliases", hint="write the values out")
        elif isinstance(event, yaml.ScalarEvent | yaml.SequenceStartEvent | yaml.MappingStartEvent):
            size = len(event.value) + 1 if isinstance(event, yaml.ScalarEvent) else 0
            for anchor in filter(None, open_):
                sizes[anchor] = sizes[anchor] + size if size else ALIASED_MAX + 1
            if event.anchor:
                sizes[event.anchor] = ALIASED_MAX + 1 if isinstance(event, yaml.MappingStartEvent) else size
            if not size:
                open_.append(event.anchor)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            open_.pop()


def _entry(given: object, where: str, problems: list[str]) -> Entry | None:
    if not isinstance(given, dict):
        problems.append(f"{where}: is not a mapping")
        return None
    where = f"{where} ({str(given.get('id', given.get('title', 'new')))[:40]})"
    for key in given:
        if key not in _EDITABLE and key not in _READ_ONLY:
            problems.append(f"{where}: unknown key {key!r}")
    reader = _Reader(given, where, problems)
    return Entry(
        where, reader.whole("id"), reader.text("key"), reader.text("title"), reader.text("text"),
        reader.text("type"), reader.choice("status", ItemState), reader.text("reason"),
        reader.scores(), reader.boost(), reader.choice("urgency", Urgency), reader.date("due"),
        reader.labels(), reader.acceptance(), reader.text("playbook"),
    )  # fmt: skip


class _Reader:
    """Reads the keys of one entry; what is wrong goes to the list, and the key counts as not given."""

    def __init__(self, given: Mapping[Any, Any], where: str, problems: list[str]) -> None:
        self._given, self._where, self._problems = given, where, problems

    def text(self, key: str) -> str | None:
        value = self._given.get(key)
        if value is None or isinstance(value, str):
            return value
        self._bad(key, "is not text")
        return None

    def whole(self, key: str) -> int | None:
        value = self._given.get(key)
        if value is None or (type(value) is int and 0 < value < 2**62):
            return value
        self._bad(key, "is not a whole number")
        return None

    def choice(self, key: str, kind: Any) -> Any:
        value = self._given.get(key)
        if value is None:
            return None
        known = {one.value: one for one in kind}
        if isinstance(value, str) and value in known:
            return known[value]
        self._bad(key, f"{value!r} is not one of {', '.join(known)}")
        return None

    def scores(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for key, field in SCORES.items():
            value = self._given.get(key)
            if isinstance(value, int) and on_scale(value):
                found[field] = value
            elif key in self._given:
                self._bad(key, f"{value!r} is not one of 1, 2, 3, 5, 8, 13")
        return found

    def boost(self) -> float | None:
        value = self._given.get("boost")
        if value is None:
            return None
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if number and 0.1 <= value <= 10:
            return float(value)
        self._bad("boost", f"{value!r} is not a number from 0.1 to 10")
        return None

    def date(self, key: str) -> float | None:
        value = self._given.get(key)
        if value is None:
            return None
        try:
            if isinstance(value, str):
                value = datetime.fromisoformat(value)
            at = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
        except (ValueError, AttributeError, OverflowError):
            self._bad(key, f"{value!r} is not a date like 2030-01-31")
            return None

    def labels(self) -> tuple[str, ...] | None:
        return self._texts("labels")

    def acceptance(self) -> tuple[str, ...] | None:
        value = self._texts("acceptance")
        try:
            return None if value is None else check_acceptance(value)
        except Invalid as error:
            self._bad("acceptance", str(error))
            return None

    def _texts(self, key: str) -> tuple[str, ...] | None:
        value = self._given.get(key)
        if value is None:
            return None
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self._bad(key, "is not a list of texts")
        return None

    def _bad(self, key: str, why: str) -> None:
        self._problems.append(f"{self._where}: {key} {why}"[:300])


def _refuse(problems: list[str]) -> Invalid:
    shown = problems[:PROBLEMS_MAX]
    more = [f"and {len(problems) - len(shown)} more"] if len(problems) > len(shown) else []
    text = f"the backlog file has {len(problems)} problem{'s' if len(problems) > 1 else ''}: "
    return Invalid(text + "; ".join([*shown, *more]), hint="nothing was changed", problems=tuple(problems))
