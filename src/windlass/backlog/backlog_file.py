"""`backlog.yml`: the whole backlog as one file to read, edit and bring back, without loss.

An export read back unchanged changes nothing. A wrong file changes nothing and names all that is wrong with
it. A file of the founding tools is taken too: its entries become items, each once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from windlass import events
from windlass.backlog.entries import (
    Entry,
    check_state,
    dump,
    read_document,
    read_entries,
    refusal,
    to_entry,
)
from windlass.backlog.founding_entries import LISTS, is_founding, translate
from windlass.backlog.identity import digest
from windlass.backlog.model import Item, ItemState, Score, Urgency
from windlass.backlog.records import findings, items
from windlass.kernel import iso
from windlass.store import Transaction

HISTORY_MAX = 100
"""Latest events of an item in the file."""

_NEW = Score(3, 2, 1, 3)
"""What a new entry is worth where the file does not say."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How many items an import added, changed and left as they were.

    Of a file of the founding tools: `done` are the entries that are done there and were left out, `rounded`
    the scores that were put onto the scale, `rest` what the file says beside its entries.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    done: tuple[str, ...] = ()
    rounded: tuple[str, ...] = ()
    rest: Mapping[str, object] = field(default_factory=dict)


def export_backlog(tx: Transaction, repository_id: int, now: float | None = None) -> str:
    """The backlog of a repository as YAML, closed and declined items too. `now` None: the database's
    clock."""
    at = tx.now() if now is None else now
    places = findings.spots(tx, repository_id)
    history = _history(tx)
    entries = [
        to_entry(one, at, places.get(one.id, []), history.get(one.id, []))
        for one in items.items(tx, repository_id)
    ]
    return dump(items.repository(tx, repository_id).name, entries)


def import_backlog(tx: Transaction, repository_id: int, text: str, now: float, *, by: str) -> Imported:
    """Apply an edited file: all of it, or nothing and Invalid with every problem.

    Items the file does not name stay as they are. Of a file of the founding tools, so do those that an
    earlier import made: what happened here since is worth more.
    """
    document = read_document(text)
    if is_founding(document):
        return _bring(tx, repository_id, document, now, by)
    known = {one.id: one for one in items.items(tx, repository_id)}
    keys = {one.key for one in known.values()}
    entries = read_entries(document)
    if problems := [p for entry in entries for p in _problems(entry, known, keys)]:
        raise refusal(problems)
    added = changed = 0
    for entry in entries:
        if entry.item_id is None:
            _add(tx, repository_id, entry, now, by)
            added += 1
        else:
            changed += _change(tx, known[entry.item_id], entry, now, by)
    return Imported(added, changed, len(entries) - added - changed)


def _bring(
    tx: Transaction, repository_id: int, document: Mapping[str, object], now: float, by: str
) -> Imported:
    brought = translate(document)
    keys = {one.key for one in items.items(tx, repository_id)}
    new = [entry for entry in brought.entries if entry.key not in keys]
    for entry in new:
        _add(tx, repository_id, entry, now, by)
    there = len(brought.entries) - len(new)
    rest = {name: value for name, value in document.items() if name not in LISTS}
    return Imported(len(new), unchanged=there, done=brought.done, rounded=brought.rounded, rest=rest)


def _problems(entry: Entry, known: Mapping[int, Item], keys: set[str]) -> list[str]:
    if entry.urgency is Urgency.FIXED_DATE and entry.due_at is None:
        return [f"{entry.where}: urgency fixed-date needs due"]
    if entry.item_id is None:
        if not (entry.title or "").strip():
            return [f"{entry.where}: a new entry needs a title"]
        if (key := _key(entry)) in keys:
            return [f"{entry.where}: key {key!r} belongs to another item; add its id or change the title"]
        keys.add(key)
        return []
    old = known.get(entry.item_id)
    if old is None:
        return [f"{entry.where}: no item {entry.item_id} in this repository"]
    if entry.title is not None and not entry.title.strip():
        return [f"{entry.where}: title is empty"]
    if entry.key is not None and entry.key != old.key:
        return [f"{entry.where}: key cannot be changed"]
    wrong = check_state(old.state, entry.state or old.state, entry.where)
    return [wrong] if wrong else []


def _key(entry: Entry) -> str:
    return entry.key or f"manual/{digest((entry.title or '').strip().casefold())}"


def _add(tx: Transaction, repository_id: int, entry: Entry, now: float, by: str) -> None:
    score = entry.apply_to(_NEW)
    draft = items.Draft(
        key=_key(entry), title=(entry.title or "").strip(), category=entry.category or "feature",
        text=entry.text or "", score=score, labels=entry.labels or (), due_at=entry.due_at,
        urgency=entry.urgency or Urgency.STANDARD, boost=entry.boost, acceptance=entry.acceptance or (),
        playbook=entry.playbook or "",
    )  # fmt: skip
    made = items.add_item(tx, repository_id, draft, now, actor=by)
    if entry.state not in (None, ItemState.OPEN):
        assert entry.state is not None
        items.move_item(tx, made.id, entry.state, now, reason=entry.reason or "imported", actor=by)


def _change(tx: Transaction, old: Item, entry: Entry, now: float, by: str) -> bool:
    """Bring one item to what its entry says; whether anything was different."""
    edited = items.edit_item(
        tx, old.id, now, title=entry.title, text=entry.text, category=entry.category, labels=entry.labels,
        urgency=entry.urgency, due_at=_same_time(entry.due_at, old.due_at), boost=entry.boost,
        acceptance=entry.acceptance, playbook=entry.playbook, actor=by,
    )  # fmt: skip
    score = entry.apply_to(old.score)
    if score != old.score:
        items.set_score(tx, old.id, score, now, by=by)
    moved = entry.state is not None and entry.state is not old.state
    if moved:
        assert entry.state is not None
        reason = entry.reason if entry.reason not in (None, old.reason) else "edited in the backlog file"
        items.move_item(tx, old.id, entry.state, now, reason=reason or "", expected=old.state, actor=by)
    return edited != old or score != old.score or moved


def _same_time(given: float | None, old: float | None) -> float | None:
    """The file shows milliseconds; a time that prints the same is the same."""
    return old if given is not None and old is not None and iso(given) == iso(old) else given


def _history(tx: Transaction) -> dict[int, list[Mapping[str, object]]]:
    """What happened to each item, oldest first, in words of the event log."""
    found: dict[int, list[Mapping[str, object]]] = {}
    for event in events.history(tx):
        if event.subject.item is not None and event.kind.startswith("item."):
            line = {"at": iso(event.at), "by": event.actor, "what": event.kind}
            reason = event.data.get("reason")
            found.setdefault(event.subject.item, []).append({**line, "why": reason} if reason else line)
    return {item: lines[-HISTORY_MAX:] for item, lines in found.items()}
