"""Calls by their key."""

import pytest
from tests.mesh.conftest import Bureau

from windlass.kernel import NotFound
from windlass.mesh import records
from windlass.mesh.model import KeyReused


def test_a_key_is_taken_once_and_forgotten_after_a_week(bureau: Bureau) -> None:
    database, clock = bureau.database, bureau.clock
    assert database.write(lambda tx: records.begin_call(tx, "s", "k", "tool", "d")) is None
    database.write(lambda tx: records.keep_answer(tx, "s", "k", {"a": [1]}, tx.now()))
    assert database.write(lambda tx: records.begin_call(tx, "s", "k", "tool", "d")) == {"a": [1]}
    assert database.write(lambda tx: records.begin_call(tx, "other", "k", "tool", "d")) is None
    with pytest.raises(KeyReused):
        database.write(lambda tx: records.begin_call(tx, "s", "k", "tool", "e"))
    database.write(lambda tx: records.keep_answer(tx, "other", "k", {}, tx.now()))
    assert database.write(lambda tx: records.forget_calls(tx, clock() + 6 * 86_400)) == 0
    assert database.write(lambda tx: records.forget_calls(tx, clock() + 8 * 86_400)) == 2


def test_what_surrounds_a_task_is_said_in_words(bureau: Bureau) -> None:
    number = bureau.file()
    found = bureau.database.read(lambda tx: records.around(tx, number))
    assert (found.repository, found.lane, found.touches, found.skills) == ("shop", "backend", (), ())
    with pytest.raises(NotFound):
        bureau.database.read(lambda tx: records.around(tx, 77))


def test_authors_are_known_by_their_subjects(bureau: Bureau) -> None:
    number = bureau.file()
    bureau.claim()
    assert bureau.database.read(lambda tx: records.authors(tx, [number])) == {"w", "runner:w"}
