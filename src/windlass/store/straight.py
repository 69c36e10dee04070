"""PostgreSQL without a dialogue: statements that need nothing read between them, in one round trip.

One statement is its own transaction. Several go through a pipeline, which the server makes one transaction up
to its end, each with its own snapshot; an error anywhere undoes them all. BEGIN and COMMIT as messages of
their own would cost a quarter more. Connections are psycopg's own, kept here.
"""

import queue
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row

from windlass.store.transaction import NAMED, Row, Statement

IDLE_MAX: Final = 10
"""Connections kept open for the next call."""
CONNECT_TIMEOUT_S: Final = 10
PREPARE_AFTER: Final = 1

OPTIONS: Final = " -c plan_cache_mode=force_generic_plan -c jit=off -c enable_seqscan=off"
"""Each of these statements finds its rows by an index, so one plan, made once, serves any values; without
these words a plan made while the tables were small, or planning anew, costs more than the statement itself.
"""


class Straight:
    """A stack of autocommit connections."""

    def __init__(self, url: str, options: str) -> None:
        self._url = "postgresql://" + url.split("://", 1)[1]
        self._options = options + OPTIONS
        self._idle: queue.LifoQueue[psycopg.Connection[DictRow]] = queue.LifoQueue()
        self._closed = False

    def take(self) -> "psycopg.Connection[DictRow]":
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            raw = psycopg.connect(
                self._url, autocommit=True, row_factory=dict_row, options=self._options,
                connect_timeout=CONNECT_TIMEOUT_S,
            )  # fmt: skip
            raw.prepare_threshold = PREPARE_AFTER
            raw.cursor_factory = psycopg.RawCursor
            return raw

    def give_back(self, raw: "psycopg.Connection[DictRow]") -> None:
        settled = raw.info.transaction_status is TransactionStatus.IDLE
        if self._closed or not settled or raw.broken or self._idle.qsize() >= IDLE_MAX:
            raw.close()
        else:
            self._idle.put(raw)

    def run(self, raw: "psycopg.Connection[DictRow]", statements: Sequence[Statement]) -> list[list[Row]]:
        """The rows of each statement, once all of them are committed."""
        if len(statements) == 1:
            return [_rows(_send(raw, statements[0]))]
        with raw.pipeline():  # outside a transaction block: one transaction up to the pipeline's end
            cursors = [_send(raw, statement) for statement in statements]
        return [_rows(cursor) for cursor in cursors]

    def close(self) -> None:
        self._closed = True
        while not self._idle.empty():
            self._idle.get_nowait().close()


@lru_cache(maxsize=256)
def numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """`:name` as the server's own `$1`, and the names in that order; psycopg would parse long texts anew."""
    names = tuple(dict.fromkeys(NAMED.findall(sql)))
    return NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", sql).encode(), names


def _send(raw: "psycopg.Connection[DictRow]", statement: Statement) -> "psycopg.Cursor[DictRow]":
    text, names = numbered(statement[0])
    values = (statement[1][name] for name in names)
    return raw.execute(text, [array(one) if isinstance(one, list) else one for one in values])


def array(values: Sequence[str | int | float]) -> str:
    """A list as PostgreSQL writes arrays, for the statement to cast; psycopg's own way costs far more."""
    words = (str(one).replace("\\", "\\\\").replace('"', '\\"') for one in values)
    return "{" + ",".join(f'"{word}"' for word in words) + "}"


def _rows(cursor: "psycopg.Cursor[Any]") -> list[Row]:
    return cursor.fetchall() if cursor.description is not None else []
