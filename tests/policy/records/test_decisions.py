"""Decisions on both databases."""

import threading

import pytest

from windlass.events import Subject, history
from windlass.kernel import Conflict, Invalid, NotFound
from windlass.policy import Decision, answer, ask, decision, open_decisions, withdraw
from windlass.policy.model import DecisionStatus
from windlass.store import Database, Transaction


def put(tx: Transaction, key: str = "gate:1", now: float = 10.0, priority: int = 2) -> Decision:
    return ask(
        tx,
        key,
        "Fix F401 in a.py?",
        {"reasons": ["risk: x"]},
        ("approve", "decline"),
        kind="gate",
        about=Subject(repository=1, item=7),
        default="approve",
        priority=priority,
        now=now,
    )


def kinds(database: Database) -> list[str]:
    return [event.kind for event in database.read(history)]


def test_asking_twice_is_one_question(database: Database) -> None:
    first = database.write(put)
    again = database.write(lambda tx: put(tx, now=99.0))
    assert first == again
    assert first.context == {"reasons": ["risk: x"]}
    assert kinds(database) == ["decision.opened"]


def test_an_answer_keeps_who_and_when_and_is_given_once(database: Database) -> None:
    asked = database.write(put)
    answered = database.write(lambda tx: answer(tx, asked.id, "decline", "ada", 20.0))
    assert (answered.status, answered.answer, answered.answered_by, answered.answered_at) == (
        DecisionStatus.ANSWERED,
        "decline",
        "ada",
        20.0,
    )
    with pytest.raises(Conflict, match="already answered by 'ada'"):
        database.write(lambda tx: answer(tx, asked.id, "approve", "bob", 21.0))
    assert database.write(put) == answered
    assert kinds(database) == ["decision.opened", "decision.answered"]
    assert database.read(history)[-1].actor == "ada"


def test_only_an_offered_option_is_an_answer(database: Database) -> None:
    asked = database.write(put)
    with pytest.raises(Invalid, match="no option 'maybe'"):
        database.write(lambda tx: answer(tx, asked.id, "maybe", "ada", 20.0))
    assert database.read(lambda tx: decision(tx, asked.id)).status is DecisionStatus.OPEN


def test_a_withdrawn_question_takes_no_answer_and_can_be_asked_anew(database: Database) -> None:
    asked = database.write(put)
    database.write(lambda tx: withdraw(tx, "gate:1", "findings are gone", 11.0))
    database.write(lambda tx: withdraw(tx, "gate:1", "findings are gone", 12.0))
    with pytest.raises(Conflict, match="already withdrawn"):
        database.write(lambda tx: answer(tx, asked.id, "approve", "ada", 13.0))
    assert database.write(lambda tx: put(tx, now=14.0)).created_at == 14.0
    assert kinds(database) == ["decision.opened", "decision.withdrawn", "decision.opened"]


def test_an_answered_question_cannot_be_withdrawn(database: Database) -> None:
    asked = database.write(put)
    database.write(lambda tx: answer(tx, asked.id, "approve", "ada", 20.0))
    database.write(lambda tx: withdraw(tx, "gate:1", "late", 21.0))
    assert database.read(lambda tx: decision(tx, "gate:1")).status is DecisionStatus.ANSWERED


def test_open_questions_come_most_urgent_first(database: Database) -> None:
    for key, now, priority in (("a", 1.0, 2), ("b", 2.0, 0), ("c", 3.0, 2)):
        database.write(lambda tx, k=key, n=now, p=priority: put(tx, k, n, p))
    assert [asked.key for asked in database.read(lambda tx: open_decisions(tx, 1))] == ["b", "a", "c"]
    assert len(database.read(open_decisions)) == 3
    assert database.read(lambda tx: open_decisions(tx, 2)) == []


def test_bad_questions_are_refused(database: Database) -> None:
    def bad(tx: Transaction, options: tuple[str, ...], default: str | None, note: str = "") -> None:
        ask(tx, "k", "?", {"note": note}, options, kind="gate", default=default, now=1.0)

    for options, default, note in (
        (("one",), None, ""),
        (("a", "b"), "c", ""),
        (("a", "b"), "a", "x" * 300_000),
    ):
        with pytest.raises(Invalid):
            database.write(lambda tx, o=options, d=default, n=note: bad(tx, o, d, n))
    with pytest.raises(NotFound):
        database.read(lambda tx: decision(tx, "k"))


def test_of_two_people_one_answers(postgres: Database) -> None:
    asked = postgres.write(put)
    start, outcomes = threading.Barrier(2), []

    def person(name: str) -> None:
        start.wait()
        try:
            outcomes.append(
                postgres.write(lambda tx: answer(tx, asked.id, "approve", name, 20.0)).answered_by
            )
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=person, args=(name,)) for name in ("ada", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[-1] == "refused"
    assert kinds(postgres).count("decision.answered") == 1
