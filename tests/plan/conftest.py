"""A small repository with a backlog, filled the way discovery leaves it."""

from collections.abc import Callable

import pytest

from windlass import backlog
from windlass.backlog import Draft, Item, Repository, Score
from windlass.kernel import FixedClock
from windlass.store import Database, Transaction

FINDING = (
    "INSERT INTO wl_finding (repository_id, item_id, source, rule, fingerprint, path, line, text, severity,"
    " state, first_commit, first_seen_at, last_seen_at) VALUES (:r, :i, 'sarif', :rule, :fp, :path, :line,"
    " 'text', :severity, 'open', 'c0', 1, 1)"
)

SCORE = Score(1, 1, 2, 2)
File = Callable[..., Item]


@pytest.fixture
def repository(database: Database, clock: FixedClock) -> Repository:
    return database.write(lambda tx: backlog.tend(tx, "demo", "/demo", "main", clock()))


@pytest.fixture
def file(database: Database, repository: Repository, clock: FixedClock) -> File:
    """File an item with findings in `paths`; (1+1+2)/2 = 2.0 unless scored otherwise."""

    def one(
        key: str,
        *paths: str,
        category: str = "lint",
        score: Score = SCORE,
        severity: str = "warning",
        fixable: bool = True,
    ) -> Item:
        def write(tx: Transaction) -> Item:
            draft = Draft(
                key, f"Fix {key}", source="sarif", rule=key, category=category, score=score, fixable=fixable
            )
            item = backlog.add_item(tx, repository.id, draft, clock())
            for n, path in enumerate(paths):
                tx.execute(
                    FINDING, r=repository.id, i=item.id, rule=key, fp=f"{key}{n}", path=path, line=n + 1,
                    severity=severity,
                )  # fmt: skip
            return item

        return database.write(write)

    return one
