"""One row for each landing that is taken back."""

import pytest

from windlass import backlog
from windlass.kernel import Conflict
from windlass.land import Mode
from windlass.land import records as rows
from windlass.land.reversals import ReversalState, Why

ONE, OTHER = Why("red", evidence=("x fails",)), Why("again", by="ada")


@pytest.fixture
def culprit(database):
    def add(tx):
        repository = backlog.tend(tx, "r", "/r", "main", 1.0).id
        return rows.landing(tx, rows.add(tx, repository, 1, 1, branch="main", mode=Mode.LAND, now=1.0))

    return database.write(add)


def begun(database, culprit, why):
    return database.write(lambda tx: rows.reversals.begin(tx, culprit, why, 2.0))


def test_it_begins_once_and_again_only_by_a_person_where_nothing_came_of_it(database, culprit):
    first = begun(database, culprit, ONE)
    assert (first.state, first.tries, first.why) == (ReversalState.OPEN, 1, ONE)
    with pytest.raises(Conflict, match="is open"):
        begun(database, culprit, OTHER)
    database.write(lambda tx: rows.reversals.move(tx, first, ReversalState.ASKED, 3.0))
    with pytest.raises(Conflict, match="is asked"):
        begun(database, culprit, ONE)
    again = begun(database, culprit, OTHER)
    assert (again.id, again.tries, again.by) == (first.id, 2, "ada")
    with pytest.raises(Conflict, match="moved meanwhile"):
        database.write(lambda tx: rows.reversals.move(tx, first, ReversalState.LANDED, 4.0))


def test_who_asks_for_what_is_proposed_already_is_told_where_it_lies(database, culprit):
    old = begun(database, culprit, ONE)
    database.write(lambda tx: rows.reversals.filed(tx, old, 7))
    database.write(lambda tx: rows.reversals.move(tx, old, ReversalState.PROPOSED, 3.0))
    with pytest.raises(Conflict, match="is proposed: task 7") as caught:
        begun(database, culprit, OTHER)
    assert "git merge windlass/7" in caught.value.hint


def test_it_is_found_by_its_task_until_it_has_ended(database, culprit):
    old = begun(database, culprit, ONE)
    database.write(lambda tx: rows.reversals.filed(tx, old, 7))
    found = database.read(lambda tx: rows.reversals.of_task(tx, 7))
    assert database.read(lambda tx: rows.reversals.underway(tx, culprit.repository_id)) == [found]
    database.write(lambda tx: rows.reversals.move(tx, found, ReversalState.LANDED, 3.0))
    assert database.read(lambda tx: rows.reversals.underway(tx, culprit.repository_id)) == []
    assert database.read(lambda tx: rows.reversals.of_task(tx, 8)) is None
