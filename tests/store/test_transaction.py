"""The same SQL text on both databases."""

from windlass.kernel import FixedClock
from windlass.store import Database
from windlass.store.transaction import pyformat


def test_names_become_psycopg_parameters_and_casts_stay() -> None:
    assert pyformat("SELECT :a::text, 10 % 3, x FROM t WHERE b = :b_1") == (
        "SELECT %(a)s::text, 10 %% 3, x FROM t WHERE b = %(b_1)s"
    )


def test_rows_come_back_by_name_and_changes_are_counted(database: Database) -> None:
    insert = "INSERT INTO wl_cursor (consumer, xid, seq) VALUES (:n, '1', :s)"
    database.write(lambda tx: tx.execute_many(insert, [{"n": str(n), "s": n} for n in range(5)]))
    assert database.write(lambda tx: tx.execute("UPDATE wl_cursor SET seq = 9 WHERE seq > :s", s=2)) == 2
    assert database.read(lambda tx: tx.row("SELECT seq FROM wl_cursor WHERE consumer = :n", n="4")) == {
        "seq": 9
    }
    assert database.read(lambda tx: tx.row("SELECT seq FROM wl_cursor WHERE consumer = :n", n="x")) is None


def test_the_clock_can_be_replaced_for_simulation(database: Database, clock: FixedClock) -> None:
    clock.advance(5)
    assert database.read(lambda tx: tx.now()) == clock.at
