"""A judged tree against the bounds, with a real database behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from windlass import backlog, ratchet
from windlass.backlog import Repository
from windlass.events import history
from windlass.kernel import NotFound
from windlass.store import Database
from windlass.verify import Judgement, Outcome, Reading


@dataclass
class Place:
    """What the room needs, and nothing else."""

    database: Database
    repository: Repository
    ratchet: Mapping[str, Any] = field(default_factory=dict)

    def landed(self, coverage: float, commit: str, at: float) -> None:
        """What a measurement of the branch does."""

        def work(tx: Any) -> None:
            ratchet.measured(tx, self, judged(coverage), commit, at)
            ratchet.landed(tx, self, commit)

        self.database.write(work)

    def bound(self) -> float | None:
        metrics = ratchet.parse_metrics(self.ratchet)[:1]
        (found,) = self.database.read(lambda tx: ratchet.standings(tx, self.repository.id, metrics))
        return found.bound


@pytest.fixture
def place(database: Database) -> Place:
    return Place(database, database.write(lambda tx: backlog.tend(tx, "shop", "/shop", "main", 1.0)))


def judged(coverage: float | None, outcome: Outcome = Outcome.PASSED, base: float | None = None) -> Judgement:
    def told(value: float | None) -> tuple[Reading, ...]:
        return () if value is None else (Reading("pytest", outcome, metrics={"coverage": value}),)

    return Judgement("t", "b", outcome, (), (), (), (), 0.0, (0, 1), told(coverage), base_readings=told(base))


def test_a_change_that_loosens_is_refused_with_what_to_do(place: Place) -> None:
    place.landed(90.0, "c1", 10.0)
    assert ratchet.hold(place, judged(89.2)).outcome is Outcome.PASSED
    refused = ratchet.hold(place, judged(88.0, base=90.0))
    assert refused.outcome is Outcome.FAILED
    assert refused.reasons[0].startswith("coverage is 88 %, 90 % before the change: below its bound of 90 %")


def test_a_no_stays_the_no_it_was(place: Place) -> None:
    place.landed(90.0, "c1", 10.0)
    refused = judged(10.0, Outcome.FAILED)
    assert ratchet.hold(place, refused) is refused


def test_what_cannot_be_told_any_more_is_for_a_person(place: Place) -> None:
    assert ratchet.hold(place, judged(None)).doubts == ()
    place.landed(90.0, "c1", 10.0)
    (doubt,) = ratchet.hold(place, judged(None)).doubts
    assert doubt.startswith("coverage was measured before, and is unknown of this change")


def test_what_lands_tightens_and_is_told(place: Place) -> None:
    place.ratchet = {"metric": [{"name": "coverage", "start": 75}]}
    for number in range(4):
        place.landed(90.0, f"c{number}", float(number))
    assert place.bound() == 78.0
    told = [one.data for one in place.database.read(history) if one.kind == "ratchet.tightened"]
    assert [(one["before"], one["after"], one["commit"]) for one in told] == [
        (75.0, 76.0, "c1"), (76.0, 77.0, "c2"), (77.0, 78.0, "c3"),
    ]  # fmt: skip


def test_a_person_sets_a_bound_of_a_metric_that_there_is(place: Place) -> None:
    place.landed(90.0, "c1", 10.0)

    def loosen(tx: Any) -> str:
        return ratchet.set_bound(tx, place, "coverage", 60.0, reason="a new tool", by="ann")(60.0)

    assert place.database.write(loosen) == "60 %"
    assert place.bound() == 60.0
    assert ratchet.hold(place, judged(61.0)).outcome is Outcome.PASSED
    with pytest.raises(NotFound, match="no metric 'speed'"):
        place.database.write(lambda tx: ratchet.set_bound(tx, place, "speed", 1.0, reason="x", by="ann"))


def test_a_level_that_shifted_is_told_once(place: Place) -> None:
    for number in range(20):
        place.landed(90.0 if number < 14 else 85.0, f"c{number}", float(number))
    (told,) = [one.data for one in place.database.read(history) if one.kind == "ratchet.shifted"]
    assert (told["metric"], told["commit"], told["before"], told["after"], told["direction"]) == (
        "coverage", "c14", 90.0, 85.0, "worse",
    )  # fmt: skip
