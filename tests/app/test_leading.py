"""One leader at a time, and another one soon after it is gone."""

from collections.abc import Callable

from windlass.app.leading import BEYOND_S, LEAD_S, lead, leader, yield_lead
from windlass.kernel import FixedClock
from windlass.store import Database, Transaction


def node(database: Database, name: str, state: str = "live") -> Callable[[Transaction], bool]:
    database.write(
        lambda tx: tx.execute(
            "INSERT INTO wl_node (id, host, pid, state, beat, started_at)"
            " VALUES (:id, 'h', 1, :state, 0, 0)",
            id=name, state=state,
        )
    )  # fmt: skip
    return lambda tx: lead(tx, 7, name)


def test_the_second_waits_until_the_first_is_silent(database: Database, clock: FixedClock) -> None:
    first, second = node(database, "a"), node(database, "b")
    assert database.write(first)
    clock.advance(LEAD_S - 1)
    assert database.write(first)
    assert not database.write(second)
    clock.advance(LEAD_S - 1)
    assert not database.write(second)
    assert database.read(lambda tx: leader(tx, 7)) == "a"
    clock.advance(2)
    assert database.read(lambda tx: leader(tx, 7)) is None
    assert database.write(second)
    assert not database.write(first)


def test_a_leader_that_was_buried_or_lets_go_is_followed_at_once(database: Database) -> None:
    first, second = node(database, "a"), node(database, "b")
    database.write(first)
    database.write(lambda tx: tx.execute("UPDATE wl_node SET state = 'dead' WHERE id = 'a'"))
    assert database.write(second)
    database.write(lambda tx: yield_lead(tx, "b"))
    assert database.write(node(database, "c"))


def test_a_term_from_before_the_clock_was_set_back_binds_nobody(
    database: Database, clock: FixedClock
) -> None:
    database.write(node(database, "a"))
    clock.advance(-BEYOND_S)
    assert database.write(node(database, "b"))


def test_repositories_have_leaders_of_their_own(database: Database) -> None:
    node(database, "a")
    node(database, "b")
    assert database.write(lambda tx: lead(tx, 1, "a"))
    assert database.write(lambda tx: lead(tx, 2, "b"))
