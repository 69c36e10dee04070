"""What of an item can be put back when an operation is undone."""

from typing import Final

from windlass import events
from windlass.backlog.model import ItemState
from windlass.backlog.records import items
from windlass.events import Subject
from windlass.history import Image, Thing
from windlass.store import Transaction

_BY_HAND: Final = frozenset({ItemState.OPEN.value, ItemState.CLOSED.value, ItemState.DECLINED.value})


def _settled(image: Image) -> Image:
    """Work that was going on cannot be brought back; the item is open again, and the gate looks anew."""
    if image["state"] in _BY_HAND:
        return image
    return {**image, "state": ItemState.OPEN.value, "closed_at": None}


def _absent(now: float, actor: str) -> Image:
    return {"state": ItemState.DECLINED.value, "reason": f"{actor} took its addition back", "closed_at": now}


def _tell(tx: Transaction, key: int, before: Image, after: Image, *, now: float, actor: str) -> None:
    about = Subject(repository=items.item(tx, key).repository_id, item=key)
    if "state" in after:
        reason = "an operation was undone or redone"
        kind = f"item.{ItemState(after['state']).value}"
        events.append(tx, kind, now, actor=actor, about=about, was=before["state"], reason=reason)
    if edited := sorted(set(after) - {"state", "reason", "closed_at"}):
        events.append(tx, "item.edited", now, actor=actor, about=about, fields=edited)


ITEM_THING: Final = Thing(
    name="item", table="wl_item", subject="item_id", touched="updated_at", tell=_tell, absent=_absent,
    settle=_settled,
    columns=(
        "title", "text", "category", "labels", "urgency", "due_at", "boost", "value", "criticality",
        "risk_reduction", "size", "scored_by", "state", "reason", "closed_at",
    ),
)  # fmt: skip
TERMS_THING: Final = Thing(
    name="item terms", table="wl_item_terms", subject="item_id", tell=_tell, absent=lambda _now, _actor: {},
    columns=("acceptance", "playbook"),
)
ITEM_THINGS: Final = (ITEM_THING, TERMS_THING)
"""An item, and what it asks for beside."""
