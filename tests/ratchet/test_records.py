"""Measurements are kept on both databases, and a landing's count once it has landed."""

from windlass import backlog
from windlass.events import history
from windlass.ratchet import records
from windlass.ratchet.model import SHIPPED, Point, Value
from windlass.store import Database

COVERAGE = SHIPPED[0]


def tended(database: Database) -> int:
    return database.write(lambda tx: backlog.tend(tx, "shop", "/shop", "main", 1.0)).id


def test_measured_again_the_newer_stands(database: Database) -> None:
    number = tended(database)
    for at, value in ((10.0, 80.0), (20.0, 82.0)):
        values = {"coverage": Value(value, "pytest"), "p95": Value(None, why="nobody")}
        database.write(lambda tx, at=at, values=values: records.keep(tx, number, "c1", values, at))
    assert database.read(lambda tx: records.points(tx, number, "coverage")) == [
        Point(82.0, 20.0, "c1", "pytest")
    ]
    assert database.read(lambda tx: records.points(tx, number, "p95")) == []


def test_who_measures_one_metric_takes_no_other_away(database: Database) -> None:
    number = tended(database)
    for name in ("coverage", "mutation"):
        values = {name: Value(80.0, "x"), "p95": Value(None, why="nobody")}
        database.write(lambda tx, values=values: records.keep(tx, number, "c1", values, 10.0))
    assert database.read(lambda tx: records.points(tx, number, "coverage"))


def test_a_landing_that_has_not_landed_does_not_count(database: Database) -> None:
    number = tended(database)
    values = {"coverage": Value(99.0, "pytest")}
    database.write(lambda tx: records.keep(tx, number, "c1", values, 10.0, landing=7))
    assert database.read(lambda tx: records.points(tx, number, "coverage")) == []


def test_what_a_person_sets_is_an_event(database: Database) -> None:
    number = tended(database)
    point = Point(70.0, 30.0, "", "a new tool counts branches", "ann")
    database.write(lambda tx: records.set_bound(tx, number, COVERAGE, 80.0, point))
    assert database.read(lambda tx: records.points(tx, number, "coverage")) == [point]
    (told,) = [one for one in database.read(history) if one.kind == "ratchet.set"]
    assert told.data == {
        "metric": "coverage", "before": 80.0, "after": 70.0, "reason": "a new tool counts branches",
    }  # fmt: skip
    assert told.actor == "ann"


def test_repositories_do_not_mix(database: Database) -> None:
    one = tended(database)
    other = database.write(lambda tx: backlog.tend(tx, "barn", "/barn", "main", 1.0)).id
    database.write(lambda tx: records.keep(tx, one, "c1", {"coverage": Value(80.0, "pytest")}, 10.0))
    assert database.read(lambda tx: records.points(tx, other, "coverage")) == []
