"""The rows guard themselves: conditional moves, one slot per branch."""

import pytest

from windlass.events import history
from windlass.kernel import NotFound
from windlass.land import LandingState, Mode
from windlass.land import records as rows
from windlass.land.model import Candidate, Cause

MADE = Candidate("b" * 40, "c" * 40, "d" * 40, "e" * 40, ("a.txt",))


def added(database, task, branch="main"):
    return database.write(lambda tx: rows.add(tx, 1, task, 1, branch=branch, mode=Mode.LAND, now=1.0))


def read(database, landing_id):
    return database.read(lambda tx: rows.landing(tx, landing_id))


def took(database, landing_id):
    old = read(database, landing_id)
    return database.write(lambda tx: rows.take_slot(tx, old, 2.0))


def test_one_branch_has_one_slot_and_another_branch_its_own(database):
    first, second, other = added(database, 1), added(database, 2), added(database, 3, branch="dev")
    assert [took(database, one) for one in (first, second, other)] == [True, False, True]
    holder = database.read(lambda tx: rows.holder(tx, 1, "main"))
    assert holder is not None
    assert holder.id == first


def test_the_unique_index_holds_the_slot_even_against_a_wrong_statement(database):
    first, second = added(database, 1), added(database, 2)
    assert took(database, first)
    sql = "UPDATE wl_landing SET state = 'proved' WHERE id = :id"
    with pytest.raises(Exception, match=r"(?i)unique"):
        database.write(lambda tx: tx.execute(sql, id=second))


def test_a_move_from_an_old_look_changes_nothing_and_says_nothing(database):
    landing_id = added(database, 1)
    assert took(database, landing_id)
    stale = read(database, landing_id)
    database.write(lambda tx: rows.rebuild(tx, stale, "main moved", 3.0))
    for late in (
        lambda tx: rows.prove(tx, stale, MADE, Mode.LAND, 4.0),
        lambda tx: rows.stop(tx, stale, LandingState.EJECTED, Cause.RED, "x", now=4.0),
        lambda tx: rows.rebuild(tx, stale, "again", 4.0),
    ):
        with pytest.raises(rows.LandingMoved):
            database.write(late)
    kinds = [event.kind for event in database.read(lambda tx: history(tx, task=1))]
    assert kinds == ["landing.queued", "landing.building", "landing.building"]
    assert (read(database, landing_id).state, read(database, landing_id).tries) == (LandingState.BUILDING, 2)


def test_a_rebuilt_landing_forgets_its_candidate(database):
    landing_id = added(database, 1)
    took(database, landing_id)
    database.write(lambda tx: rows.prove(tx, rows.landing(tx, landing_id), MADE, Mode.LAND, 3.0))
    assert read(database, landing_id).proof.commit == MADE.commit
    database.write(lambda tx: rows.rebuild(tx, rows.landing(tx, landing_id), "main moved", 3.0))
    assert read(database, landing_id).commit is None


def test_who_asks_for_nothing_is_told_so(database):
    with pytest.raises(NotFound):
        read(database, 99)
    assert database.read(lambda tx: rows.holder(tx, 1, "main")) is None
    assert database.read(lambda tx: rows.queued(tx, 1, "main")) == []


def test_landings_are_listed_since(database):
    first = added(database, 1)
    added(database, 2)
    took(database, first)
    assert [one.id for one in database.read(lambda tx: rows.landings(tx, 1, 2.0))] == [first]
    assert len(database.read(lambda tx: rows.landings(tx, 1))) == 2
