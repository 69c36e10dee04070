"""What the log of events tells of nights."""

from dataclasses import replace

import pytest

from windlass import backlog
from windlass.app import night_log
from windlass.app.night_log import Every, Night, Part, State
from windlass.events import Cursor, after

NIGHT = Night(Every.NIGHT, 1_800_000_000.0, "main", "a" * 40, "b" * 40)
NEXT = replace(NIGHT, due=NIGHT.due + 86_400.0)


@pytest.fixture
def number(database):
    return database.write(lambda tx: backlog.tend(tx, "r", "/r", "main", 5.0).id)


def test_a_night_is_the_newest_state_it_is_in(database, number):
    def newest(every):
        return database.read(lambda tx: night_log.newest(tx, number, every))

    assert newest(Every.NIGHT) is None
    database.write(lambda tx: night_log.keep(tx, number, NIGHT))
    begun = newest(Every.NIGHT)
    assert replace(begun, at=0.0) == NIGHT
    database.write(lambda tx: night_log.finish(tx, number, NIGHT, [Part("recall", "failed", why=("x",))]))
    database.write(lambda tx: night_log.keep(tx, number, replace(NEXT, every=Every.WEEK)))
    assert (newest(Every.NIGHT).state, newest(Every.WEEK).state) == (State.FINISHED, State.BEGAN)
    database.write(lambda tx: night_log.keep(tx, number, replace(NEXT, state=State.UNCHANGED)))
    assert (newest(Every.NIGHT).state, newest(Every.NIGHT).due) == (State.UNCHANGED, NEXT.due)
    assert database.read(lambda tx: night_log.newest(tx, number + 1, Every.NIGHT)) is None
    assert database.read(lambda tx: night_log.tended_since(tx, number)) == 5.0


def test_what_is_final_is_known_of_a_tree_for_good_and_the_rest_for_its_night(database, number):
    sure = Part("tier-2", "failed", True, ("a test fails",), {"checks": 3.0, "score": None}, 1.5)
    unsure = Part("recall", "unknown", False, ("no sandbox",))
    for part in (unsure, sure):
        database.write(lambda tx, part=part: night_log.keep_part(tx, number, NIGHT, part))

    def known(night):
        return database.read(lambda tx: night_log.parts(tx, number, night))

    assert known(NIGHT) == {"tier-2": sure, "recall": unsure}
    assert known(NEXT) == {"tier-2": sure}
    assert known(replace(NIGHT, every=Every.WEEK)) == {"tier-2": sure}
    assert known(replace(NIGHT, tree="c" * 40)) == {}


def test_texts_that_nobody_here_wrote_are_cut_to_what_an_event_may_hold(database, number):
    long = Part("tier-2", "failed", True, ("\N{PILE OF POO}" * 5_000,) * 100)
    database.write(lambda tx: night_log.keep_part(tx, number, NIGHT, long))
    unknown = [replace(long, name=name, said="unknown") for name in ("tier-2", "recall", "mutation-5")]
    database.write(lambda tx: night_log.finish(tx, number, NIGHT, unknown))
    told, _ = database.read(lambda tx: after(tx, Cursor()))
    assert len(told[-1].data["unknown"]) == 3
    assert len(told[-2].data["why"]) == night_log.WHY_MAX


def test_the_newest_nights_are_lines_for_people(database, number):
    assert database.read(lambda tx: night_log.told(tx, number)) == []
    for part in (
        Part("tier-2", "failed", True, ("a test fails",)),
        Part("recall", "passed", True, (), {"recall": 1.0, "faults": 24.0}),
        Part("mutation-5", "passed", True, (), {"score": 83.25}),
    ):
        database.write(lambda tx, part=part: night_log.keep_part(tx, number, NIGHT, part))
    database.write(lambda tx: night_log.keep(tx, number, NIGHT))
    (line,) = database.read(lambda tx: night_log.told(tx, number))
    assert line.startswith(f"night of {'a' * 12}, under way since ")
    assert line.endswith(
        "mutation-5 passed (score 83.2 %); recall passed (100.0 % of 24 faults); tier-2 failed (a test fails)"
    )


def test_what_gives_no_answer_is_known_as_such_after_some_nights(database, number):
    unsure = Part("recall", "unknown", False, ("no map",))
    nights = [replace(NIGHT, due=NIGHT.due + n * 86_400.0) for n in range(night_log.TRIES_MAX + 1)]
    for night in nights[:-1]:
        assert database.read(lambda tx, night=night: night_log.parts(tx, number, night)) == {}
        database.write(lambda tx, night=night: night_log.keep_part(tx, number, night, unsure))
    assert database.read(lambda tx: night_log.parts(tx, number, nights[-1])) == {"recall": unsure}
