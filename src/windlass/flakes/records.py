"""Tallies and flaky tests as rows. A test has tallies from its first failure on, so that a sound suite costs
one row for each whole run.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from windlass.events import Subject, append_many
from windlass.flakes.accounts import Suite
from windlass.flakes.model import FLAKY, Flaky, FlakyState, Seen, Tally
from windlass.kernel import Conflict
from windlass.store import Row, Transaction

FAILED_MAX: Final = 50
"""Failures in one run from which on it tells of its surroundings, not of its tests."""
AGE_MAX_S: Final = 180 * 86_400.0
"""What was seen longer ago says nothing of today's test."""
TALLIES_MAX: Final = 50_000
"""Newest tallies of a repository that are looked at."""
ROUNDS_MAX: Final = 100
"""Newest whole runs in which a test that fails for the first time is looked up."""
GONE_AFTER: Final = 5
"""Whole runs on the main branch without a test, after which it is no more."""
TEST_MAX: Final = 500
"""Characters of a test's name that is kept."""
SUITE: Final = ""
"""In place of a test's name: whole runs, whose `passed` is the number of tests that ran."""


def watched(tx: Transaction, repository: int) -> frozenset[str]:
    """Tests that have failed here."""
    sql = "SELECT DISTINCT test FROM wl_tally WHERE repository_id = :repository AND test <> :suite"
    return frozenset(row["test"] for row in tx.rows(sql, repository=repository, suite=SUITE))


def any_watched(tx: Transaction, repository: int) -> bool:
    """Whether there is such a test."""
    sql = "SELECT 1 FROM wl_tally WHERE repository_id = :repository AND test > :suite LIMIT 1"
    return tx.scalar(sql, repository=repository, suite=SUITE) is not None


def observe(tx: Transaction, seen: Seen, known: Collection[str]) -> frozenset[str]:
    """Count one run of tests: those in `known`, those that failed, and the suite if it was run whole. Which
    failed.
    """
    ran = {case: result != "passed" for case, result in seen.cases.items() if result != "skipped"}
    rows = [
        _row(seen, test, int(failed), int(not failed))
        for test, failed in ran.items()
        if (failed or test in known) and len(test) <= TEST_MAX
    ]
    if sum(ran.values()) > FAILED_MAX or not ran:
        return frozenset()
    _add(tx, rows)
    if seen.whole:
        tx.execute(
            "INSERT INTO wl_tally (repository_id, test, tree_oid, environment, failed, passed, at)"
            " VALUES (:repository, :test, :tree, :environment, :failed, :passed, :at)"
            " ON CONFLICT (repository_id, test, tree_oid, environment)"
            " DO UPDATE SET passed = excluded.passed, at = excluded.at",
            **_row(seen, SUITE, 0, len(ran)),
        )
    return frozenset(str(row["test"]) for row in rows if row["failed"])


def rounds(tx: Transaction, repository: int, environment: str) -> list[str]:
    """Trees on which the suite was run whole in an environment, the newest first."""
    rows = tx.rows(
        "SELECT tree_oid FROM wl_tally WHERE repository_id = :repository AND test = :suite"
        " AND environment = :environment ORDER BY at DESC LIMIT :limit",
        repository=repository, suite=SUITE, environment=environment, limit=ROUNDS_MAX,
    )  # fmt: skip
    return [row["tree_oid"] for row in rows]


def _row(seen: Seen, test: str, failed: int, passed: int) -> dict[str, str | int | float]:
    return {
        "repository": seen.repository, "test": test, "tree": seen.tree, "environment": seen.environment,
        "failed": failed, "passed": passed, "at": seen.at,
    }  # fmt: skip


def _add(tx: Transaction, rows: Sequence[dict[str, str | int | float]]) -> None:
    tx.execute_many(
        "INSERT INTO wl_tally (repository_id, test, tree_oid, environment, failed, passed, at)"
        " VALUES (:repository, :test, :tree, :environment, :failed, :passed, :at)"
        " ON CONFLICT (repository_id, test, tree_oid, environment) DO UPDATE SET"
        " failed = wl_tally.failed + excluded.failed, passed = wl_tally.passed + excluded.passed,"
        " at = excluded.at",
        rows,
    )


def tallies(
    tx: Transaction, repository: int, trees: Collection[str], now: float, *, tests: Collection[str] = ()
) -> list[Tally]:
    """The tallies of these trees, newest first; of `tests` only, where some are named.

    What a release has put behind a test is left out.
    """
    rows = tx.rows(
        "SELECT t.test, t.tree_oid, t.environment, t.failed, t.passed, t.at FROM wl_tally t"
        " LEFT JOIN wl_flaky f ON f.repository_id = t.repository_id AND f.test = t.test"
        " WHERE t.repository_id = :repository AND t.test <> :suite AND t.at > :oldest"
        " AND t.at > COALESCE(f.counted_from, 0) ORDER BY t.at DESC LIMIT :limit",
        repository=repository, suite=SUITE, oldest=now - AGE_MAX_S, limit=TALLIES_MAX,
    )  # fmt: skip
    wanted, named = frozenset(trees), frozenset(tests)
    found = (_tally(row) for row in rows if row["tree_oid"] in wanted)
    return [one for one in found if not named or one.test in named]


def suite(tx: Transaction, repository: int, trees: Collection[str]) -> Suite | None:
    """The suite by its whole runs on these trees; None where there was none."""
    rows = tx.rows(
        "SELECT tree_oid, passed, at FROM wl_tally WHERE repository_id = :repository AND test = :suite"
        " ORDER BY at DESC LIMIT :limit",
        repository=repository, suite=SUITE, limit=TALLIES_MAX,
    )  # fmt: skip
    wanted = frozenset(trees)
    ran = [row for row in rows if row["tree_oid"] in wanted]
    if not ran:
        return None
    gone = float(ran[GONE_AFTER - 1]["at"]) if len(ran) >= GONE_AFTER else 0.0
    return Suite(int(ran[0]["passed"]), len(ran), gone)


def measured(tx: Transaction, repository: int) -> bool:
    """Whether the suite was ever run whole."""
    sql = "SELECT 1 FROM wl_tally WHERE repository_id = :repository AND test = :suite LIMIT 1"
    return tx.scalar(sql, repository=repository, suite=SUITE) is not None


def forget(tx: Transaction, repository: int, now: float) -> None:
    """Delete what is too old to count."""
    sql = "DELETE FROM wl_tally WHERE repository_id = :repository AND at < :oldest"
    tx.execute(sql, repository=repository, oldest=now - AGE_MAX_S)


def flaky(tx: Transaction, repository: int, states: Collection[FlakyState] = ()) -> list[Flaky]:
    """The flaky tests of a repository by name; in these states, where some are given."""
    rows = tx.rows(
        "SELECT * FROM wl_flaky WHERE repository_id = :repository ORDER BY test", repository=repository
    )
    found = [_flaky(row) for row in rows]
    return [one for one in found if not states or one.state in states]


def found(tx: Transaction, repository: int, test: str, now: float, evidence: Mapping[str, object]) -> Flaky:
    """A test was seen to be flaky for the first time; raises Conflict where that is known."""
    added = tx.execute(
        "INSERT INTO wl_flaky (repository_id, test, state, since) VALUES (:repository, :test, :state, :now)"
        " ON CONFLICT (repository_id, test) DO NOTHING",
        repository=repository, test=test, state=FlakyState.FLAKY.value, now=now,
    )  # fmt: skip
    if not added:
        raise Conflict(f"{test!r} is known to be flaky already", hint="look again")
    say(tx, repository, "flaky.found", now, {"test": test, **evidence})
    return Flaky(test, FlakyState.FLAKY, now)


def say(
    tx: Transaction, repository: int, kind: str, now: float, data: Mapping[str, object], *, by: str = ""
) -> None:  # fmt: skip
    """Record an event about a flaky test; `by`: the person who made it."""
    append_many(tx, kind, now, [(Subject(repository), data)], actor=by or "windlass")


def move(tx: Transaction, repository: int, old: Flaky, new: Flaky) -> None:
    """From one state to another; raises Conflict where it is not in the old one any more."""
    FLAKY.check(old.state, new.state)
    changed = tx.execute(
        "UPDATE wl_flaky SET state = :state, since = :since, until = :until, reason = :reason, by_whom = :by,"
        " item_id = :item, counted_from = :counted_from"
        " WHERE repository_id = :repository AND test = :test AND state = :old AND since = :old_since",
        repository=repository, test=new.test, state=new.state.value, since=new.since, until=new.until,
        reason=new.reason, by=new.by, item=new.item, counted_from=new.counted_from, old=old.state.value,
        old_since=old.since,
    )  # fmt: skip
    if not changed:
        raise Conflict(f"{old.test!r} is not {old.state.value} any more", hint="look again")


def filed(tx: Transaction, repository: int, test: str, item: int) -> None:
    """The backlog has an item about this test."""
    sql = "UPDATE wl_flaky SET item_id = :item WHERE repository_id = :repository AND test = :test"
    tx.execute(sql, item=item, repository=repository, test=test)


def _tally(row: Row) -> Tally:
    return Tally(
        row["test"], row["tree_oid"], row["environment"], int(row["failed"]), int(row["passed"]),
        float(row["at"]),
    )  # fmt: skip


def _flaky(row: Row) -> Flaky:
    until = None if row["until"] is None else float(row["until"])
    return Flaky(
        row["test"], FlakyState(row["state"]), float(row["since"]), until, row["reason"], row["by_whom"],
        row["item_id"], float(row["counted_from"]),
    )  # fmt: skip
