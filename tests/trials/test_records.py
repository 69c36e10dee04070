import pytest
from tests.trials.conftest import Arena, variants

from windlass import trials
from windlass.kernel import Conflict, NotFound
from windlass.trials import TrialState, records


def test_a_trial_and_its_entries_are_read_back(arena: Arena) -> None:
    trial = arena.open(*variants("good", "poor"), accept=("true",))
    read = arena.site.database.read
    assert read(lambda tx: trials.records.trials(tx, 1)) == [trial]
    assert read(lambda tx: trials.records.trials(tx, 1, (TrialState.DECIDED,))) == []
    first, second = read(lambda tx: trials.records.entries(tx, trial.task))
    assert (first.name, first.round, first.base, first.kept) == ("good", 1, arena.place.base, True)
    assert read(lambda tx: records.entry(tx, second.task)) == second
    assert read(lambda tx: records.entry(tx, trial.task)) is None
    assert read(lambda tx: records.offered(tx, first.task)) is None
    with pytest.raises(NotFound):
        arena.trial(999)


def test_two_that_decide_at_once_do_it_once(arena: Arena) -> None:
    trial = arena.open(*variants("good"))

    def decide(tx: object) -> None:
        records.decide(tx, trial, TrialState.UNDECIDED, {"told": ["no"]}, 1.0, winner=None, by="a")  # type: ignore[arg-type]  # a transaction

    arena.site.database.write(decide)
    with pytest.raises(Conflict, match="moved meanwhile"):
        arena.site.database.write(decide)
