"""Tallies as rows: a sound suite costs one for each whole run."""

import pytest
from tests.flakes.conftest import SUITE, Place, tended

from windlass.flakes import records
from windlass.flakes.model import Flaky, FlakyState
from windlass.kernel import Conflict
from windlass.store import Database


def test_a_sound_suite_is_one_row_and_a_test_is_counted_from_its_first_failure_on(database: Database) -> None:
    place = tended(database)
    place.ran("a", SUITE)
    assert place.rows() == {("", "a"): (0, 9)}
    place.ran("b", {**SUITE, "flaky": "failed"})
    place.ran("b", {"flaky": "passed", "other": "skipped"}, whole=False)
    place.ran("c", {**SUITE, "flaky": "passed"})
    assert place.rows() == {
        ("", "a"): (0, 9), ("", "b"): (0, 10), ("", "c"): (0, 10), ("flaky", "b"): (1, 1),
        ("flaky", "c"): (0, 1),
    }  # fmt: skip
    found = place.database.read(lambda tx: records.suite(tx, place.repository, ["a", "c"]))
    assert found is not None
    assert (found.tests, found.rounds) == (10, 2)


def test_a_run_in_which_very_much_fails_tells_of_its_surroundings(place: Place) -> None:
    place.ran("a", {f"t{number}": "failed" for number in range(records.FAILED_MAX + 1)})
    place.ran("b", {"t": "skipped"})
    assert place.rows() == {}


def test_what_is_old_is_forgotten(place: Place) -> None:
    place.main("failed", "passed")
    later = place.now + records.AGE_MAX_S + 2
    seen = place.database.read(lambda tx: records.tallies(tx, place.repository, place.trees, later))
    assert seen == []
    place.database.write(lambda tx: records.forget(tx, place.repository, later))
    assert place.rows() == {}


def test_a_state_moves_only_from_where_it_was_seen(place: Place) -> None:
    number = place.repository
    old = place.database.write(lambda tx: records.found(tx, number, "t", 1.0, {}))
    new = Flaky("t", FlakyState.QUARANTINED, 2.0, 3.0)
    place.database.write(lambda tx: records.move(tx, number, old, new))
    assert place.database.read(lambda tx: records.flaky(tx, number)) == [new]
    with pytest.raises(Conflict):
        place.database.write(lambda tx: records.move(tx, number, old, new))
    with pytest.raises(Conflict):
        place.database.write(lambda tx: records.found(tx, number, "t", 1.0, {}))
