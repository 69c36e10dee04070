"""Shared values with optimistic concurrency: who changes one says which version it has seen."""

import json
from typing import Final

from windlass.commons.model import Shared, check_key, dump_value
from windlass.events import Subject, append
from windlass.kernel import Conflict
from windlass.store import Row, Transaction

ENTRIES_MAX: Final = 1_000

_COLUMNS: Final = "key, version, value, changed_by, changed_at"


def look(tx: Transaction, repository_id: int, key: str) -> Shared | None:
    row = tx.row(
        f"SELECT {_COLUMNS} FROM wl_shared WHERE repository_id = :repository AND key = :key",  # noqa: S608
        repository=repository_id, key=key,
    )  # fmt: skip
    return None if row is None else _shared(row)


def entries(tx: Transaction, repository_id: int, *, prefix: str = "") -> list[Shared]:
    """Values whose keys begin with `prefix`, by key, at most ENTRIES_MAX."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM wl_shared WHERE repository_id = :repository"  # noqa: S608
        " AND substr(key, 1, length(:prefix)) = :prefix ORDER BY key LIMIT :limit",
        repository=repository_id, prefix=prefix, limit=ENTRIES_MAX,
    )  # fmt: skip
    return [_shared(row) for row in rows]


def put(
    tx: Transaction, repository_id: int, key: str, value: object, now: float, *, expected: int, by: str
) -> Shared:
    """Change a value whose version is still `expected` (0: it must not exist yet); else raise Conflict."""
    check_key(key)
    text = dump_value(value)
    if expected == 0:
        changed = tx.execute(
            "INSERT INTO wl_shared (repository_id, key, version, value, changed_by, changed_at)"
            " VALUES (:repository, :key, 1, :value, :by, :now) ON CONFLICT DO NOTHING",
            repository=repository_id, key=key, value=text, by=by, now=now,
        )  # fmt: skip
    else:
        changed = tx.execute(
            "UPDATE wl_shared SET version = version + 1, value = :value, changed_by = :by, changed_at = :now"
            " WHERE repository_id = :repository AND key = :key AND version = :expected",
            repository=repository_id, key=key, value=text, by=by, now=now, expected=expected,
        )  # fmt: skip
    found = look(tx, repository_id, key)
    if not changed:
        version = 0 if found is None else found.version
        raise Conflict(
            f"{key!r} is at version {version}, not {expected}", hint="read it again and decide anew",
            version=version,
        )  # fmt: skip
    append(
        tx, "shared.changed", now, actor=by, about=Subject(repository=repository_id), key=key,
        version=expected + 1,
    )  # fmt: skip
    return Shared(key, expected + 1, value, by, now)


def _shared(row: Row) -> Shared:
    return Shared(
        row["key"], row["version"], json.loads(row["value"]), row["changed_by"], row["changed_at"]
    )
