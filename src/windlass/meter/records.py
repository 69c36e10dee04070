"""Spend in the database: one row for each scope and its name, changed by deltas, each with its event."""

from collections.abc import Iterable
from typing import Final

from windlass.events import Subject, append
from windlass.meter.model import SPENT, Account, Exchange, Scope, Spend, Totals
from windlass.store import Database, Row, Transaction

_COLUMNS: Final = ", ".join(SPENT)
_ADDED: Final = ", ".join(f"{name} = wl_spend.{name} + excluded.{name}" for name in SPENT)
_VALUES: Final = ", ".join(f":{name}" for name in SPENT)


def charge(tx: Transaction, account: Account, exchange: Exchange, now: float) -> None:
    """Add one call to every scope of the account, and tell it.

    Rows are locked in the order of their names, so two charges cannot deadlock.
    """
    spend = {name: getattr(exchange.spend, name) for name in SPENT}
    for scope, key in sorted(account.keys(now).items(), key=lambda one: one[0].value):
        tx.execute(
            f"INSERT INTO wl_spend (scope, key, {_COLUMNS}, first_at, last_at)"  # noqa: S608
            f" VALUES (:scope, :key, {_VALUES}, :now, :now)"
            f" ON CONFLICT (scope, key) DO UPDATE SET {_ADDED}, last_at = excluded.last_at",
            scope=scope.value, key=key, now=now, **spend,
        )  # fmt: skip
    append(
        tx, "model.called", now, actor=account.agent,
        about=Subject(account.repository, None, account.task, account.fence),
        provider=exchange.provider, model=exchange.model[:200], outcome=exchange.outcome.value,
        status=exchange.status, tries=exchange.tries, seconds=round(exchange.seconds, 3),
        measured=exchange.measured, cost_known=exchange.micro_dollars is not None, **spend,
    )  # fmt: skip


def totals(tx: Transaction, account: Account, now: float) -> Totals:
    """What every scope of the account has spent; nothing on record is nothing spent."""
    keys = account.keys(now)
    found = {(row["scope"], row["key"]): _spend(row) for row in _rows(tx, keys)}
    return {scope: found.get((scope.value, key), Spend()) for scope, key in keys.items()}


def of_attempts(tx: Transaction, task: int, fences: Iterable[int]) -> dict[int, Spend]:
    """What the attempts at a task have spent, by their fences; one that never asked a model is not in it."""
    keys = {f"{task}.{fence}": fence for fence in fences}
    text = f"SELECT key, {_COLUMNS} FROM wl_spend WHERE scope = :scope AND key = :key"  # noqa: S608
    rows = [tx.row(text, scope=Scope.ATTEMPT.value, key=key) for key in keys]
    return {keys[row["key"]]: _spend(row) for row in rows if row is not None}


def age_s(tx: Transaction, repository: int, agent: str, back: int, now: float) -> float | None:
    """See `Ledger.age_s`; by the database's clock."""
    at = tx.scalar(
        "SELECT at FROM wl_event WHERE kind = 'model.called' AND repository_id = :repository"
        " AND actor = :agent ORDER BY seq DESC LIMIT 1 OFFSET :before",
        repository=repository, agent=agent, before=back - 1,
    )  # fmt: skip
    return None if at is None else max(0.0, now - float(at))


def _rows(tx: Transaction, keys: dict[Scope, str]) -> list[Row]:
    values = {f"{part}_{n}": text for n, pair in enumerate(keys.items())
              for part, text in (("scope", pair[0].value), ("key", pair[1]))}  # fmt: skip
    among = " OR ".join(f"(scope = :scope_{n} AND key = :key_{n})" for n in range(len(keys)))
    return tx.rows(f"SELECT scope, key, {_COLUMNS} FROM wl_spend WHERE {among}", **values)  # noqa: S608


def _spend(row: Row) -> Spend:
    return Spend(*(int(row[name]) for name in SPENT))


class DurableLedger:
    """The ledger of an account in the database. Days are those of the database's clock."""

    def __init__(self, database: Database, account: Account) -> None:
        self._database, self._account = database, account

    @staticmethod
    def of_attempts(tx: Transaction, task: int, fences: Iterable[int]) -> dict[int, Spend]:
        return of_attempts(tx, task, fences)

    @staticmethod
    def age_of(tx: Transaction, account: Account, back: int, now: float) -> float | None:
        return age_s(tx, account.repository, account.agent, back, now)

    def age_s(self, back: int) -> float | None:
        return self._database.read(lambda tx: self.age_of(tx, self._account, back, tx.now()))

    def totals(self) -> Totals:
        return self._database.read(lambda tx: totals(tx, self._account, tx.now()))

    def charge(self, exchange: Exchange) -> None:
        self._database.write(lambda tx: charge(tx, self._account, exchange, tx.now()))
