"""A database in which one guard is missing: how a simulation shows that it would notice."""

from collections.abc import Callable
from typing import Any

from windlass.store import Database, Transaction


def writing(database: Database, old: str, new: str) -> Callable[[Callable[[Transaction], Any]], Any]:
    """Its `write`, whose statements hold `new` where they should hold `old`."""

    def write(work: Callable[[Any], Any]) -> Any:
        return database.write(lambda tx: work(_Rewritten(tx, old, new)))

    return write


class _Rewritten:
    def __init__(self, tx: Transaction, old: str, new: str) -> None:
        self._tx, self._old, self._new = tx, old, new

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._tx, name)
        if name == "execute_many":
            return lambda sql, rows: found(sql.replace(self._old, self._new), rows)
        if name not in ("row", "rows", "execute", "scalar"):
            return found
        return lambda sql, **values: found(sql.replace(self._old, self._new), **values)
