"""Repositories and items: every change of state is conditional and has its event in the same transaction."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from windlass import events
from windlass.backlog.acceptance import check_acceptance
from windlass.backlog.defaults import default_boost, default_score
from windlass.backlog.model import ITEM, Item, ItemState, Repository, Score, Urgency
from windlass.backlog.wsjf import check_score
from windlass.events import Subject
from windlass.kernel import Conflict, Invalid, NotFound
from windlass.store import Row, Transaction

MANUAL = "manual"
"""The source of items a person added."""

TITLE_MAX = 300
TEXT_MAX = 20_000
REASON_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Draft:
    """What is needed to add an item. `score` None: the defaults for its category and severity."""

    key: str
    title: str
    source: str = MANUAL
    rule: str = ""
    category: str = "feature"
    text: str = ""
    severity: str = "note"
    score: Score | None = None
    labels: tuple[str, ...] = ()
    fixable: bool = False
    urgency: Urgency = Urgency.STANDARD
    due_at: float | None = None
    boost: float | None = None
    acceptance: tuple[str, ...] = ()
    playbook: str = ""


def tend(tx: Transaction, name: str, path: str, main: str, now: float) -> Repository:
    """Take the repository at `path` under care. The same path again is the same repository, its main updated.

    A name that another path has already gets a number behind it.
    """
    if (row := tx.row("SELECT * FROM wl_repository WHERE path = :path", path=path)) is not None:
        if row["main"] != main:
            tx.execute("UPDATE wl_repository SET main = :main WHERE id = :id", main=main, id=row["id"])
        return replace(_repository(row), main=main)
    taken = {row["name"] for row in tx.rows("SELECT name FROM wl_repository")}
    free = next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(taken) + 3))) if n not in taken)
    row = tx.row(
        "INSERT INTO wl_repository (name, path, main, added_at) VALUES (:name, :path, :main, :now)"
        " RETURNING *",
        name=free, path=path, main=main, now=now,
    )  # fmt: skip
    assert row is not None
    made = _repository(row)
    events.append(tx, "repository.tended", now, about=Subject(repository=made.id), name=free, main=main)
    return made


def repositories(tx: Transaction) -> list[Repository]:
    """All repositories under care, oldest first."""
    return [_repository(row) for row in tx.rows("SELECT * FROM wl_repository ORDER BY id")]


def repository(tx: Transaction, repository_id: int) -> Repository:
    row = tx.row("SELECT * FROM wl_repository WHERE id = :id", id=repository_id)
    if row is None:
        raise NotFound(f"no repository {repository_id}", hint="`windlass init` takes one under care")
    return _repository(row)


_ITEM: Final = (
    "SELECT i.*, COALESCE(t.acceptance, '[]') AS acceptance, COALESCE(t.playbook, '') AS playbook"
    " FROM wl_item i LEFT JOIN wl_item_terms t ON t.id = i.id"
)
"""Items that older code adds have no terms."""


def item(tx: Transaction, item_id: int) -> Item:
    row = tx.row(f"{_ITEM} WHERE i.id = :id", id=item_id)
    if row is None:
        raise NotFound(f"no item {item_id}", hint="`windlass backlog list` shows the items")
    return _item(row)


def items(tx: Transaction, repository_id: int, states: Iterable[ItemState] | None = None) -> list[Item]:
    """The items of a repository, oldest first; `states` None means all."""
    rows = tx.rows(f"{_ITEM} WHERE i.repository_id = :r ORDER BY i.id", r=repository_id)
    wanted = None if states is None else {state.value for state in states}
    return [_item(row) for row in rows if wanted is None or row["state"] in wanted]


def item_by_key(tx: Transaction, repository_id: int, key: str) -> Item | None:
    row = tx.row(f"{_ITEM} WHERE i.repository_id = :r AND i.key = :key", r=repository_id, key=key)
    return None if row is None else _item(row)


def add_item(
    tx: Transaction, repository_id: int, draft: Draft, now: float, *, actor: str = "windlass"
) -> Item:
    """Put an item on the backlog, open. Its key must be new in the repository."""
    if item_by_key(tx, repository_id, draft.key) is not None:
        raise Conflict(f"the backlog has an item {draft.key!r} already", hint="edit that one instead")
    if not draft.title.strip():
        raise Invalid("an item needs a title")
    made = insert_item(tx, repository_id, draft, now, scored_by="default" if draft.score is None else actor)
    events.append(
        tx, "item.added", now, actor=actor, about=_about(made), key=made.key, source=made.source,
        title=made.title,
    )  # fmt: skip
    return made


def insert_item(tx: Transaction, repository_id: int, draft: Draft, now: float, *, scored_by: str) -> Item:
    """The bare row; the caller writes the event."""
    insert_items(tx, repository_id, [draft], now, scored_by=scored_by)
    made = item_by_key(tx, repository_id, draft.key)
    assert made is not None
    return made


def insert_items(
    tx: Transaction, repository_id: int, drafts: Sequence[Draft], now: float, *, scored_by: str
) -> None:
    """The bare rows, whose keys are new and distinct; the caller writes the events."""
    tx.execute_many(
        "INSERT INTO wl_item (repository_id, key, source, rule, category, title, text, value, criticality,"
        " risk_reduction, size, scored_by, boost, urgency, due_at, state, fixable, labels, created_at,"
        " updated_at) VALUES (:r, :key, :source, :rule, :category, :title, :text, :value, :criticality,"
        " :risk, :size, :by, :boost, :urgency, :due, 'open', :fixable, :labels, :now, :now)",
        [{"r": repository_id, "by": scored_by, "now": now, **_columns(draft)} for draft in drafts],
    )
    tx.execute_many(
        "INSERT INTO wl_item_terms (id, repository_id, acceptance, playbook)"
        " SELECT id, repository_id, :acceptance, :playbook FROM wl_item"
        " WHERE repository_id = :r AND key = :key",
        [
            {"r": repository_id, "key": draft.key, "playbook": draft.playbook,
             "acceptance": json.dumps(check_acceptance(draft.acceptance))}
            for draft in drafts
        ],
    )  # fmt: skip


def _columns(draft: Draft) -> dict[str, str | int | float | None]:
    score = check_score(draft.score or default_score(draft.category, draft.severity, fixable=draft.fixable))
    return {
        "key": draft.key, "source": draft.source, "rule": draft.rule, "category": draft.category,
        "title": clean(draft.title)[:TITLE_MAX], "text": clean(draft.text)[:TEXT_MAX], "value": score.value,
        "criticality": score.criticality, "risk": score.risk_reduction, "size": score.size,
        "boost": default_boost(draft.category) if draft.boost is None else draft.boost,
        "urgency": draft.urgency.value, "due": draft.due_at, "fixable": int(draft.fixable),
        "labels": json.dumps(list(draft.labels)),
    }  # fmt: skip


def move_item(
    tx: Transaction,
    item_id: int,
    new: ItemState,
    now: float,
    *,
    reason: str = "",
    expected: ItemState | None = None,
    actor: str = "windlass",
) -> Item:
    """Move an item, if the table allows it and it still is where the caller saw it (`expected`, None:
    anywhere)."""
    old = item(tx, item_id)
    if expected is not None and old.state is not expected:
        raise Conflict(f"item {item_id} is {old.state.value}, not {expected.value}")
    ITEM.check(old.state, new)
    moved = tx.execute(
        "UPDATE wl_item SET state = :new, reason = :reason, updated_at = :now, closed_at = :closed"
        " WHERE id = :id AND state = :old",
        new=new.value, reason=clean(reason)[:REASON_MAX], now=now, id=item_id, old=old.state.value,
        closed=now if new in (ItemState.CLOSED, ItemState.DECLINED) else None,
    )  # fmt: skip
    if not moved:
        raise Conflict(f"item {item_id} was moved by somebody else")
    data = {"was": old.state.value, "reason": reason[:REASON_MAX]}
    events.append(tx, f"item.{new.value}", now, actor=actor, about=_about(old), **data)
    return item(tx, item_id)


def edit_item(
    tx: Transaction, item_id: int, now: float, *, title: str | None = None, text: str | None = None,
    category: str | None = None, labels: Sequence[str] | None = None, urgency: Urgency | None = None,
    due_at: float | None = None, boost: float | None = None, acceptance: Sequence[str] | None = None,
    playbook: str | None = None, actor: str = "windlass",
) -> Item:  # fmt: skip
    """Change what is given; None leaves a field alone. A fixed date needs `due_at`."""
    old = item(tx, item_id)
    new = replace(
        old, category=category or old.category, urgency=urgency or old.urgency,
        title=old.title if title is None else clean(title)[:TITLE_MAX],
        text=old.text if text is None else clean(text)[:TEXT_MAX],
        labels=old.labels if labels is None else tuple(labels),
        due_at=old.due_at if due_at is None else due_at, boost=old.boost if boost is None else boost,
        acceptance=old.acceptance if acceptance is None else check_acceptance(acceptance),
        playbook=old.playbook if playbook is None else playbook,
    )  # fmt: skip
    _check_item(new)
    changed = {f: getattr(new, f) for f in _EDITABLE if getattr(new, f) != getattr(old, f)}
    if not changed:
        return old
    tx.execute(
        "UPDATE wl_item SET title = :title, text = :text, category = :category, labels = :labels,"
        " urgency = :urgency, due_at = :due, boost = :boost, updated_at = :now WHERE id = :id",
        title=new.title, text=new.text, category=new.category, labels=json.dumps(list(new.labels)),
        urgency=new.urgency.value, due=new.due_at, boost=new.boost, now=now, id=item_id,
    )  # fmt: skip
    _set_terms(tx, new)
    events.append(tx, "item.edited", now, actor=actor, about=_about(old), fields=sorted(changed))
    return replace(new, updated_at=now)


def _set_terms(tx: Transaction, item: Item) -> None:
    tx.execute(
        "INSERT INTO wl_item_terms (id, repository_id, acceptance, playbook)"
        " VALUES (:id, :r, :acceptance, :playbook) ON CONFLICT (id) DO UPDATE"
        " SET acceptance = excluded.acceptance, playbook = excluded.playbook",
        id=item.id, r=item.repository_id, acceptance=json.dumps(item.acceptance), playbook=item.playbook,
    )  # fmt: skip


_EDITABLE = ("title", "text", "category", "labels", "urgency", "due_at", "boost", "acceptance", "playbook")


def set_score(tx: Transaction, item_id: int, score: Score, now: float, *, by: str) -> Item:
    """Score an item; a score given by a person is never replaced by a default."""
    check_score(score)
    old = item(tx, item_id)
    tx.execute(
        "UPDATE wl_item SET value = :value, criticality = :criticality, risk_reduction = :risk, size = :size,"
        " scored_by = :by, updated_at = :now WHERE id = :id",
        value=score.value, criticality=score.criticality, risk=score.risk_reduction, size=score.size, by=by,
        now=now, id=item_id,
    )  # fmt: skip
    events.append(
        tx, "item.scored", now, actor=by, about=_about(old),
        was=[old.value, old.criticality, old.risk_reduction, old.size],
        score=[score.value, score.criticality, score.risk_reduction, score.size],
    )  # fmt: skip
    return item(tx, item_id)


def route_item(
    tx: Transaction, item_id: int, route: str, reasons: Sequence[str], now: float, *, files: int | None
) -> None:
    """Keep what the supervision gate decided and why, and how many files the next task takes at most; the
    state is moved by the caller.
    """
    changed = tx.execute(
        "UPDATE wl_item SET route = :route, route_reasons = :reasons, updated_at = :now WHERE id = :id",
        route=route, reasons=json.dumps(list(reasons)), now=now, id=item_id,
    )  # fmt: skip
    if not changed:
        raise NotFound(f"no item {item_id}")
    set_slice(tx, item_id, files)


def set_slice(tx: Transaction, item_id: int, files: int | None) -> None:
    """How many files the next task of this item takes at most."""
    if files is not None and files < 1:
        raise Invalid(f"a slice of {files} files is empty")
    if not tx.execute("UPDATE wl_item SET slice_files = :files WHERE id = :id", files=files, id=item_id):
        raise NotFound(f"no item {item_id}")


def clean(text: str) -> str:
    """Text both databases take: no NUL, no lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _check_item(new: Item) -> None:
    if not new.title.strip():
        raise Invalid("an item needs a title")
    if new.urgency is Urgency.FIXED_DATE and new.due_at is None:
        raise Invalid("a fixed date needs the date", hint="give `due_at` too")
    if not 0.1 <= new.boost <= 10:
        raise Invalid(f"boost {new.boost} is not between 0.1 and 10")


def _about(one: Item) -> Subject:
    return Subject(repository=one.repository_id, item=one.id)


def _repository(row: Row) -> Repository:
    return Repository(row["id"], row["name"], row["path"], row["main"])


def _item(row: Row) -> Item:
    return Item(
        id=row["id"], repository_id=row["repository_id"], key=row["key"], source=row["source"],
        rule=row["rule"], category=row["category"], title=row["title"], text=row["text"], value=row["value"],
        criticality=row["criticality"], risk_reduction=row["risk_reduction"], size=row["size"],
        scored_by=row["scored_by"], boost=row["boost"], urgency=Urgency(row["urgency"]), due_at=row["due_at"],
        state=ItemState(row["state"]), reason=row["reason"], fixable=bool(row["fixable"]),
        labels=tuple(json.loads(row["labels"])), route=row["route"],
        route_reasons=tuple(json.loads(row["route_reasons"])), slice_files=row["slice_files"],
        created_at=row["created_at"], updated_at=row["updated_at"], closed_at=row["closed_at"],
        acceptance=tuple(json.loads(row["acceptance"])), playbook=row["playbook"],
    )  # fmt: skip
