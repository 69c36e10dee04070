"""The operation log, and the rows that things declare."""

import json
from collections.abc import Iterable, Sequence
from typing import Final

from windlass import events
from windlass.events import Subject
from windlass.history.model import Act, Change, Image, Operation, OperationState, Thing
from windlass.kernel import NotFound
from windlass.store import Row, Transaction

SIZE_MAX: Final = 8_000_000
"""Characters of changes in one operation; a larger one is recorded without them and cannot be undone."""
TOO_LARGE: Final = "it changed too much to be kept; read an earlier `windlass backlog export` back"
SELECT: Final = (
    "SELECT id, repository_id, actor, command, summary, changes, state, at, undone_at FROM wl_operation"
)


def images(
    tx: Transaction, thing: Thing, keys: Iterable[int] | None, repository: int | None
) -> dict[int, Image]:
    """The rows of a thing as they are now, locked; `keys` None: all of the repository."""
    lock = "" if tx.lite else " FOR UPDATE"
    columns = ", ".join(("id", *thing.columns))
    head = f"SELECT {columns} FROM {thing.table}"  # noqa: S608 - declared names
    if keys is None:
        rows = tx.rows(f"{head} WHERE repository_id = :r ORDER BY id{lock}", r=repository)
    else:
        rows = [
            row
            for key in sorted(set(keys))
            if (row := tx.row(f"{head} WHERE id = :key{lock}", key=key)) is not None
        ]
    return {row["id"]: {name: row[name] for name in thing.columns} for row in rows}


def put(tx: Transaction, thing: Thing, key: int, image: Image, now: float) -> None:
    """Write columns of one row."""
    values = {f"c_{name}": value for name, value in image.items()}
    sets = [f"{name} = :c_{name}" for name in image]
    if thing.touched:
        sets.append(f"{thing.touched} = :c_now")
        values["c_now"] = now
    changed = tx.execute(
        f"UPDATE {thing.table} SET {', '.join(sets)} WHERE id = :key",  # noqa: S608 - declared names
        key=key, **values,
    )  # fmt: skip
    if not changed:
        raise NotFound(f"{thing.name} {key} is gone")


def insert(tx: Transaction, act: Act, changes: Sequence[Change], instead: str, now: float) -> Operation:
    """Add an operation and tell of it."""
    text = _text(changes, instead)
    if len(text) > SIZE_MAX:
        text, instead = _text((), TOO_LARGE), TOO_LARGE
    state = OperationState.FINAL if instead else OperationState.DONE
    made = tx.scalar(
        "INSERT INTO wl_operation (repository_id, actor, command, summary, changes, state, at)"
        " VALUES (:repository, :actor, :command, :summary, :changes, :state, :now) RETURNING id",
        repository=act.repository, actor=act.actor, command=act.command, summary=act.summary, changes=text,
        state=state.value, now=now,
    )  # fmt: skip
    events.append(
        tx, "operation.recorded", now, actor=act.actor, about=Subject(repository=act.repository),
        operation=made, command=act.command, summary=act.summary, undoable=not instead,
    )  # fmt: skip
    return operation(tx, int(made))


def operation(tx: Transaction, number: int, *, lock: bool = False) -> Operation:
    locked = " FOR UPDATE" if lock and not tx.lite else ""
    row = tx.row(f"{SELECT} WHERE id = :id{locked}", id=number)
    if row is None:
        raise NotFound(f"no operation {number}", hint="list them with: windlass op log")
    return _operation(row)


def operations(
    tx: Transaction, repository: int | None = None, *, limit: int = 50, since: int = 0
) -> list[Operation]:
    """Newest first; with `repository` those of it and those of none, above number `since`."""
    rows = tx.rows(
        f"{SELECT} WHERE id > :since AND (:r = -1 OR repository_id IS NULL OR repository_id = :r)"
        " ORDER BY id DESC LIMIT :limit",
        r=-1 if repository is None else repository, limit=limit, since=since,
    )  # fmt: skip
    return [_operation(row) for row in rows]


def newest(tx: Transaction, actor: str, repository: int | None, *, undone: bool) -> int | None:
    """The number of the caller's last operation that stands, or of the last one that the caller undid."""
    chosen = (
        "state = 'undone' ORDER BY undone_at DESC, id" if undone else "state <> 'undone' ORDER BY id DESC"
    )
    found: int | None = tx.scalar(
        "SELECT id FROM wl_operation WHERE actor = :actor"  # noqa: S608 - one of two constants
        f" AND (:r = -1 OR repository_id IS NULL OR repository_id = :r) AND {chosen} LIMIT 1",
        actor=actor, r=-1 if repository is None else repository,
    )
    return found


def turn(tx: Transaction, one: Operation, new: OperationState, now: float, actor: str) -> Operation:
    """Move an operation to DONE or UNDONE and tell of it."""
    undone = new is OperationState.UNDONE
    tx.execute(
        "UPDATE wl_operation SET state = :new, undone_at = :at WHERE id = :id AND state = :old",
        new=new.value, at=now if undone else None, id=one.id, old=one.state.value,
    )  # fmt: skip
    events.append(
        tx, "operation.undone" if undone else "operation.redone", now, actor=actor,
        about=Subject(repository=one.repository), operation=one.id, command=one.command, summary=one.summary,
    )  # fmt: skip
    return operation(tx, one.id)


def recorded_at(tx: Transaction, number: int) -> int:
    """The sequence number of the event that ended the operation's own ones; 0 when it is not found."""
    rows = tx.rows(
        "SELECT seq, data FROM wl_event WHERE kind <> 'task.claimed'"
        " AND kind IN ('operation.recorded', 'operation.undone', 'operation.redone') ORDER BY seq DESC"
    )
    return next((row["seq"] for row in rows if json.loads(row["data"])["operation"] == number), 0)


def happened(tx: Transaction, column: str, key: int, since: int) -> list[str]:
    """What was recorded about one subject after event `since`, as `kind by actor`, oldest first."""
    rows = tx.rows(
        f"SELECT kind, actor FROM wl_event WHERE seq > :since AND {column} = :key ORDER BY seq LIMIT 20",  # noqa: S608
        since=since, key=key,
    )
    return [f"{row['kind']} by {row['actor']}" for row in rows]


def _text(changes: Sequence[Change], instead: str) -> str:
    rows = [[one.thing, one.key, dict(one.before), dict(one.after)] for one in changes]
    return json.dumps({"changes": rows, "instead": instead}, separators=(",", ":"))


def _operation(row: Row) -> Operation:
    kept = json.loads(row["changes"])
    return Operation(
        id=row["id"], repository=row["repository_id"], actor=row["actor"], command=row["command"],
        summary=row["summary"], changes=tuple(Change(*one) for one in kept["changes"]),
        instead=kept["instead"], state=OperationState(row["state"]), at=row["at"],
        undone_at=row["undone_at"],
    )  # fmt: skip
