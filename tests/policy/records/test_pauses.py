"""Pauses on both databases: made by a command or by a label, and never lost."""

import pytest

from windlass import backlog
from windlass.backlog import ItemState
from windlass.events import history
from windlass.kernel import FixedClock, Unavailable
from windlass.policy import pauses
from windlass.store import Database

LABEL = pauses.LABEL


@pytest.fixture
def here(database: Database) -> int:
    return database.write(lambda tx: backlog.tend(tx, "shop", "/shop", "main", tx.now())).id


def held(database: Database, repository: int) -> pauses.Pause | None:
    return database.read(lambda tx: pauses.held(tx, repository))


def test_a_pause_holds_its_repository_until_it_is_ended(database: Database, here: int) -> None:
    assert held(database, here) is None
    database.write(lambda tx: pauses.pause(tx, here, 10.0, by="ann", reason="looks odd"))
    again = database.write(lambda tx: pauses.pause(tx, here, 20.0, by="bob", reason="me too"))
    assert held(database, here) == again == pauses.Pause(here, "ann", "looks odd", 10.0)
    assert held(database, here + 1) is None
    with pytest.raises(Unavailable, match=r"the claim waits: ann paused this .*10.000Z: looks odd") as told:
        database.read(lambda tx: pauses.check(tx, here, "the claim"))
    assert told.value.hint == "try again later; it ends with: windlass resume"
    assert database.write(lambda tx: pauses.resume(tx, here, 40.0, by="bob")) == again
    assert database.write(lambda tx: pauses.resume(tx, here, 41.0, by="bob")) is None
    assert held(database, here) is None
    log = [one for one in database.read(history) if one.kind.startswith("automation.")]
    assert [(one.kind, one.actor, one.subject.repository, one.data) for one in log] == [
        ("automation.paused", "ann", here, {"reason": "looks odd"}),
        ("automation.resumed", "bob", here, {"paused_by": "ann", "paused_s": 30.0}),
    ]


def test_a_pause_of_everything_holds_every_repository_and_is_ended_by_itself(
    database: Database, here: int
) -> None:
    database.write(lambda tx: pauses.pause(tx, None, 10.0, by="ann", reason=""))
    database.write(lambda tx: pauses.pause(tx, here, 11.0, by="bob", reason="mine"))
    widest = held(database, here)
    assert widest == held(database, here + 1)
    assert widest is not None
    assert (widest.repository, widest.ended_by) == (None, "windlass resume --all")
    assert widest.told.endswith("no reason was given")
    database.write(lambda tx: pauses.resume(tx, None, 12.0, by="ann"))
    left = held(database, here)
    assert left is not None
    assert left.by == "bob"
    assert held(database, here + 1) is None


@pytest.mark.parametrize("end", [ItemState.CLOSED, ItemState.DECLINED])
def test_an_item_with_the_label_holds_its_repository_until_it_ends(
    database: Database, clock: FixedClock, here: int, end: ItemState
) -> None:
    draft = backlog.Draft("k", "The shop is on fire", labels=(LABEL,))
    number = database.write(lambda tx: backlog.add_item(tx, here, draft, clock(), actor="ann")).id
    found = held(database, here)
    assert found == pauses.Pause(
        here, "ann", f"item {number} is labelled {LABEL}: The shop is on fire", clock(), number
    )
    database.write(lambda tx: backlog.move_item(tx, number, end, clock()))
    assert held(database, here) is None


def test_a_label_holds_from_when_it_was_given_until_it_is_taken_away(
    database: Database, clock: FixedClock, here: int
) -> None:
    def label(who: str, *labels: str) -> None:
        clock.advance(1.0)
        database.write(lambda tx: backlog.edit_item(tx, number, clock(), labels=labels, actor=who))

    number = database.write(lambda tx: backlog.add_item(tx, here, backlog.Draft("k", "Odd"), clock())).id
    label("ann", f"not-{LABEL}")
    assert held(database, here) is None
    label("bob", "hotfix", LABEL)
    since = clock()
    database.write(lambda tx: backlog.edit_item(tx, number, clock(), title="Odder", actor="eve"))
    found = held(database, here)
    assert found is not None
    assert (found.by, found.since, found.item) == ("bob", since, number)
    label("ann", "hotfix")
    assert held(database, here) is None


def test_no_item_is_looked_at_to_see_that_there_is_no_pause(sqlite: Database, here: int) -> None:
    plan = sqlite.read(
        lambda tx: tx.rows(
            f"EXPLAIN QUERY PLAN SELECT id FROM wl_item WHERE repository_id = :n AND {pauses._LABELLED}", n=1
        )
    )
    assert "INDEX wl_item_pausing" in str(plan)
