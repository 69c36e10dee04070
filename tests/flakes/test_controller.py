"""From results on the main branch to quarantine and back, with a real database."""

from dataclasses import replace

import pytest
from tests.flakes.conftest import SUITE, Place

from windlass import flakes, policy
from windlass.events import history
from windlass.flakes import Certainty
from windlass.kernel import Conflict, Invalid, NotFound


def kinds(place: Place) -> list[str]:
    return [one.kind for one in place.database.read(history) if one.kind.startswith("flaky.")]


def flip_often(place: Place, test: str = "flaky") -> None:
    for _ in range(4):
        place.main("failed", "passed", "failed", "passed")


def test_a_test_that_flips_is_found_then_quarantined_with_an_item_and_released_when_it_is_sound(
    place: Place,
) -> None:
    place.main("failed", "passed")
    assert place.database.read(lambda tx: flakes.watches(tx, place.repository))
    assert [one.flaky.state.value for one in place.settle()] == []
    assert place.states() == {"flaky": "flaky"}
    flip_often(place)
    (moved,) = place.settle()
    assert (moved.flaky.state.value, moved.flaky.item) == ("quarantined", 1)
    assert place.settle() == []
    for _ in range(110):
        place.main("passed")
    (moved,) = place.settle()
    assert moved.flaky.state.value == "stable"
    assert place.database.read(lambda tx: flakes.count(tx, place.repository)) == 0
    assert kinds(place) == ["flaky.found", "flaky.quarantined", "flaky.released"]


def test_what_changes_show_on_their_own_trees_counts_for_nothing_until_they_land(place: Place) -> None:
    """Else a change could make a test look flaky, and the next one break what it guards."""
    for number in range(9):
        place.ran(f"change{number}", {**SUITE, "flaky": "failed"})
        place.ran(f"change{number}", {"flaky": "passed"}, whole=False)
    place.settle()
    assert place.states() == {}
    place.trees += ["change0", "change1"]
    place.settle()
    assert place.states() == {"flaky": "flaky"}


def test_a_quarantine_ends_at_its_deadline_and_does_not_begin_again_by_itself(place: Place) -> None:
    flip_often(place)
    place.settle()
    place.now += 15 * 86_400
    standing = place.database.read(
        lambda tx: flakes.standing(tx, place.repository, place.trees, ["flaky"], place.now)
    )
    assert not standing.quarantined
    assert [one.flaky.state.value for one in place.settle()] == ["overdue"]
    flip_often(place)
    assert place.settle() == []
    assert kinds(place)[-1] == "flaky.overdue"


def test_beyond_the_cap_a_person_is_asked_and_the_answer_counts(place: Place) -> None:
    for number in range(4):
        tree = f"more{number}"
        place.trees.append(tree)
        place.ran(tree, {**SUITE, "one": "failed", "two": "failed"})
        for result in ("passed", "failed", "passed"):
            place.ran(tree, {"one": result, "two": result}, whole=False)
    assert len(place.settle()) == 1
    assert sorted(place.states().values()) == ["flaky", "quarantined"]
    (asked,) = place.database.read(lambda tx: policy.open_decisions(tx))
    assert "beyond the cap" in asked.question
    assert place.settle() == []
    place.database.write(lambda tx: policy.answer(tx, asked.id, "quarantine", "ann", place.now))
    assert len(place.settle()) == 1
    assert set(place.states().values()) == {"quarantined"}


def test_a_person_needs_evidence_too(place: Place) -> None:
    def by_hand(test: str, days: float = 3.0) -> None:
        place.database.write(
            lambda tx: flakes.quarantine(
                tx, place.repository, place.trees, test, days=days, reason="busy", by="ann",
                file=lambda one: 7,
            )
        )  # fmt: skip

    with pytest.raises(NotFound):
        by_hand("flaky")
    place.main("failed", "passed")
    place.settle()
    with pytest.raises(Invalid, match="days"):
        by_hand("flaky", 1000.0)
    by_hand("flaky")
    assert place.states() == {"flaky": "quarantined"}
    with pytest.raises(Conflict):
        by_hand("flaky")


def test_a_release_puts_what_was_seen_behind_the_test(place: Place) -> None:
    flip_often(place)
    place.settle()
    # The database's own clock says when; the runs of this test are long before it.
    place.database.write(lambda tx: flakes.release(tx, place.repository, "flaky", reason="mended", by="ann"))
    assert place.settle() == []
    assert place.states() == {"flaky": "stable"}


def test_the_gate_learns_how_often_a_test_fails_by_itself(place: Place) -> None:
    place.main("passed")
    for _ in range(20):
        place.main("failed", "passed", "passed")
    standing = place.database.read(
        lambda tx: flakes.standing(tx, place.repository, place.trees, ["flaky", "new"], place.now)
    )
    assert standing.judge("flaky", 1, 1) is Certainty.FLAKY
    assert standing.judge("new", 1, 1) is Certainty.OPEN
    assert standing.judge("new", 2, 0) is Certainty.REAL


def test_what_a_test_did_before_it_failed_first_counts_from_the_evidence(place: Place) -> None:
    for _ in range(5):
        place.main("passed")
    first = flakes.Seen(place.repository, "now", "env", {**SUITE, "flaky": "failed"}, place.now + 1, True)
    earlier = [replace(first, tree=tree, cases={"flaky": "passed"}, whole=False) for tree in place.trees]
    place.trees.append("now")

    def known(trees: object) -> list[flakes.Seen]:
        assert trees == place.trees[4::-1]
        return earlier

    place.database.write(lambda tx: flakes.observe(tx, first, known))
    place.ran("now", {"flaky": "passed"}, whole=False)
    place.settle()
    (told,) = place.database.read(lambda tx: flakes.told(tx, place.repository, place.trees, place.now))
    assert (told.record.failed, told.record.passed, told.record.flips) == (1, 6, 1)


def test_before_any_whole_run_nobody_knows_how_many_there_are(place: Place) -> None:
    assert place.database.read(lambda tx: flakes.count(tx, place.repository)) is None
    place.main("passed")
    assert place.database.read(lambda tx: flakes.count(tx, place.repository)) == 0
