"""Take an operation back, or do it again: all of it, and only while its rows are as it left them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from windlass.history import records
from windlass.history.model import OPERATION, Change, Image, Operation, OperationState, Thing
from windlass.kernel import Conflict, Denied, NotFound
from windlass.store import Transaction


@dataclass(frozen=True, slots=True)
class Undone:
    """An operation that was turned, and its changes in the direction they went."""

    operation: Operation
    changes: tuple[Change, ...]


def undo(
    tx: Transaction, things: Sequence[Thing], number: int | None, actor: str, *, repository: int | None = None
) -> Undone:
    """Put back what operation `number` changed; without a number the caller's newest that stands.

    So twice goes back two steps. Rows that were changed since refuse it, and so does what is final.
    """
    if number is None:
        number = records.newest(tx, actor, repository, undone=False)
        if number is None:
            raise NotFound(f"{actor!r} has done nothing here that could be undone", hint="windlass op log")
    one = records.operation(tx, number, lock=True)
    if one.state is OperationState.FINAL:
        raise Denied(
            f"operation {one.id} ({one.command}: {one.summary}) cannot be undone",
            hint=f"{one.instead}; an earlier one can be undone by its number: windlass op log",
        )
    return _turned(tx, things, one, OperationState.UNDONE, actor)


def redo(
    tx: Transaction, things: Sequence[Thing], number: int | None, actor: str, *, repository: int | None = None
) -> Undone:
    """Do an undone operation again; without a number the one that the caller undid last."""
    if number is None:
        number = records.newest(tx, actor, repository, undone=True)
        if number is None:
            raise NotFound(f"{actor!r} has undone nothing here", hint="windlass op log")
    one = records.operation(tx, number, lock=True)
    return _turned(tx, things, one, OperationState.DONE, actor)


def _turned(
    tx: Transaction, things: Sequence[Thing], one: Operation, new: OperationState, actor: str
) -> Undone:
    if one.state is new:
        word = "undone already" if new is OperationState.UNDONE else "not undone"
        raise Conflict(f"operation {one.id} ({one.command}) is {word}", hint="windlass op log")
    OPERATION.check(one.state, new)
    known = {thing.name: thing for thing in things}
    back = new is OperationState.UNDONE
    turned = [Change(c.thing, c.key, c.after, c.before) if back else c for c in one.changes]
    turned = turned[::-1] if back else turned
    now = tx.now()
    if clashes := [text for change in turned for text in _clash(tx, known, one, change)]:
        word = "undone" if back else "redone"
        raise Conflict(
            f"operation {one.id} ({one.command}) cannot be {word}, because of later changes:"
            f" {'; '.join(clashes[:5])}{f' and {len(clashes) - 5} more' if len(clashes) > 5 else ''}",
            hint="undo the later ones first, or change it by hand",
        )
    for change in turned:
        thing = known[change.thing]
        records.put(tx, thing, change.key, change.after, now)
        thing.tell(tx, change.key, change.before, change.after, now=now, actor=actor)
    return Undone(records.turn(tx, one, new, now, actor), tuple(turned))


def _clash(tx: Transaction, known: Mapping[str, Thing], one: Operation, change: Change) -> list[str]:
    """Whether the row is no longer as the operation left it, and who changed it."""
    thing = known.get(change.thing)
    if thing is None:
        raise NotFound(f"operation {one.id} changed a {change.thing!r}, which this windlass cannot put back")
    image = records.images(tx, thing, [change.key], one.repository).get(change.key)
    if image is None:
        return [f"{thing.name} {change.key} is gone"]
    moved = _moved(image, change.before)
    if not moved:
        return []
    return [f"{', '.join(moved)} of {thing.name} {change.key} by {_who(tx, thing, one, change, moved)}"]


def _moved(image: Image, expected: Image) -> list[str]:
    return [name for name, value in expected.items() if image[name] != value]


def _who(tx: Transaction, thing: Thing, one: Operation, change: Change, moved: list[str]) -> str:
    """Later operations on the same columns, else what the event log says of the row."""
    later = [
        f"operation {other.id} ({other.command} by {other.actor})"
        for other in reversed(records.operations(tx, None, limit=1000, since=one.id))
        if other.state is OperationState.DONE
        and any(
            (c.thing, c.key) == (thing.name, change.key) and set(moved) & set(c.after) for c in other.changes
        )
    ]
    if later:
        return ", ".join(later)
    if thing.subject:
        since = records.recorded_at(tx, one.id)
        return ", ".join(records.happened(tx, thing.subject, change.key, since)) or "somebody"
    return "somebody"
