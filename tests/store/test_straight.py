"""Statements in one round trip are one transaction, see each other's commits and fail together."""

import psycopg
import pytest

from windlass.store import Database
from windlass.store.straight import numbered

ADD = "INSERT INTO wl_cursor (consumer, xid, seq) VALUES (:n, '0', :s) RETURNING consumer"
COUNT = "SELECT count(*) AS n FROM wl_cursor WHERE consumer <> :none"


def test_names_become_the_servers_own_parameters() -> None:
    assert numbered("SELECT :b::text, :a, :b % 2") == (b"SELECT $1::text, $2, $1 % 2", ("b", "a"))


def test_every_statement_answers_with_its_rows(database: Database) -> None:
    found = database.run([(ADD, {"n": "a", "s": 1}), (COUNT, {"none": ""})])
    assert [list(map(dict, rows)) for rows in found] == [[{"consumer": "a"}], [{"n": 1}]]


def test_lists_arrive_as_they_are(postgres: Database) -> None:
    words = ["a", "", 'say "x"', "back\\slash", "{1,2}", "NULL", "ü\n", ","]
    asked = "SELECT :words::text[] AS words, :numbers::bigint[] AS numbers, :none::text[] AS none"
    (rows,) = postgres.run([(asked, {"words": words, "numbers": [1, -(2**62)], "none": []})])
    assert rows == [{"words": words, "numbers": [1, -(2**62)], "none": []}]


def test_one_that_fails_undoes_all(database: Database) -> None:
    for statements in (
        [(ADD, {"n": "a", "s": 1}), (ADD, {"n": "a", "s": 2})],
        [(ADD, {"n": "a", "s": 1}), (ADD, {"n": "a", "s": 2}), (ADD, {"n": "c", "s": 3})],
    ):
        with pytest.raises(Exception, match=r"(?i)unique"):
            database.run(statements)
        assert database.run([(COUNT, {"none": ""})]) == [[{"n": 0}]]


def test_several_statements_are_one_transaction(postgres: Database) -> None:
    same = "SELECT pg_current_xact_id()::text AS id WHERE :one = 1"
    first, second = postgres.run([(same, {"one": 1}), (same, {"one": 1})])
    assert first == second
    third, _ = postgres.run([(same, {"one": 1}), (same, {"one": 1})])
    assert third != first


def test_a_later_statement_sees_what_was_committed_while_an_earlier_one_waited(
    postgres: Database, postgres_url: str
) -> None:
    postgres.run([(ADD, {"n": "lock", "s": 1})])
    with psycopg.connect(postgres_url) as other:
        other.execute("UPDATE wl_cursor SET seq = 5 WHERE consumer = 'lock'")
        other.execute("INSERT INTO wl_cursor (consumer, xid, seq) VALUES ('edge', '0', 1)")
        wait = "SET LOCAL lock_timeout = '1'"  # a lock that cannot be had ends the statement, and all of them
        with pytest.raises(psycopg.errors.LockNotAvailable):
            postgres.run(
                [(ADD, {"n": "x", "s": 1}), (wait, {}), ("UPDATE wl_cursor SET seq = 6 WHERE consumer = :n",
                                                        {"n": "lock"})]
            )  # fmt: skip
        other.commit()
    assert postgres.run([(COUNT, {"none": ""})]) == [[{"n": 2}]]


def test_a_lost_connection_is_not_tried_again_midway(postgres: Database, postgres_url: str) -> None:
    postgres.run([(COUNT, {"none": ""})])
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    # an idle connection that died is told by the server as going away: nothing was done, so it is repeated
    assert postgres.run([(COUNT, {"none": ""})]) == [[{"n": 0}]]
