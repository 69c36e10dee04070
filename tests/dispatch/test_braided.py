"""Workers who wait together for the same lanes: one transaction, and a no is a no to that one alone."""

from windlass.dispatch import records
from windlass.dispatch.braided import _serve, _Want, take_braided
from windlass.dispatch.desk import take
from windlass.store import Database


def test_who_waits_together_shares_a_transaction_and_keeps_its_own_answer(desk, database: Database) -> None:
    for name in ("a", "b"):
        desk.file(lane=name)
    post = database.read(lambda tx: records.lanes.post(tx, 1, None, node="n", ttl_s=60.0))
    answers = _serve(database, post, [_Want("w1", None), _Want("w2", None), _Want("w3", None)])
    assert [answer[1].worker for answer in answers[:2]] == ["w1", "w2"]
    assert answers[2] is None


def test_a_no_undoes_that_claim_and_its_turn(desk, database: Database) -> None:
    task = desk.file(lane="a")
    desk.file(lane="b")
    post = database.read(lambda tx: records.lanes.post(tx, 1, None, node="n", ttl_s=60.0))
    assert take(database, post, "w", admit=lambda tx, found: False) is None
    answers = _serve(database, post, [_Want("w1", lambda tx, found: False), _Want("w2", None)])
    assert answers[0] is None
    assert answers[1][0].id == task
    assert take_braided(database, post, "w3") is not None
    assert take_braided(database, post, "w4") is None
