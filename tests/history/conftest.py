"""A backlog with one item, whose changes are recorded as commands record them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from windlass import backlog
from windlass.backlog import Draft, ItemState, Score
from windlass.backlog.undoing import ITEM_THING
from windlass.history import Act, Operation, recording
from windlass.store import Database, Transaction


@dataclass
class Desk:
    """Commands as a person gives them."""

    database: Database
    repository: int

    def do(
        self, command: str, work: Callable[[Transaction], Any], *items: int, actor: str = "ann"
    ) -> Operation | None:
        def inside(tx: Transaction) -> Operation | None:
            act = Act(command, actor, f"{command} {items}", self.repository)
            with recording(tx, act, [(ITEM_THING, items)]) as running:
                work(tx)
            return running.operation

        return self.database.write(inside)

    def add(self, title: str = "Tidy up", *, actor: str = "ann") -> int:
        def work(tx: Transaction) -> int:
            draft = Draft(key=f"manual:{title}", source="manual", rule="", category="feature", title=title)
            with recording(
                tx, Act("backlog add", actor, title, self.repository), [(ITEM_THING, ())]
            ) as running:
                made = backlog.add_item(tx, self.repository, draft, tx.now(), actor=actor).id
                running.made(ITEM_THING, made)
            return made

        return self.database.write(work)

    def title(self, item: int, title: str, *, actor: str = "ann") -> Operation | None:
        return self.do(
            "backlog edit", lambda tx: backlog.edit_item(tx, item, tx.now(), title=title, actor=actor), item,
            actor=actor,
        )  # fmt: skip

    def score(self, item: int, value: int, *, actor: str = "ann") -> Operation | None:
        return self.do(
            "backlog score",
            lambda tx: backlog.set_score(tx, item, Score(value, 1, 1, 1), tx.now(), by=actor),
            item, actor=actor,
        )  # fmt: skip

    def move(self, item: int, state: ItemState, *, actor: str = "ann") -> Operation | None:
        return self.do(
            "backlog edit",
            lambda tx: backlog.move_item(tx, item, state, tx.now(), actor=actor),
            item,
            actor=actor,
        )

    def item(self, number: int) -> backlog.Item:
        return self.database.read(lambda tx: backlog.item(tx, number))


@pytest.fixture
def desk(database: Database) -> Desk:
    made = database.write(lambda tx: backlog.tend(tx, "shop", "/shop", "main", tx.now()))
    return Desk(database, made.id)
