"""Clashes as rows on both databases."""

from windlass.conflicts.model import Clash, Ending, Kind, Means, Met
from windlass.conflicts.records import CLASHES_MAX, NOTE_MAX, end, meet, past, refused, settled
from windlass.store import Database

LOG = Clash("CHANGELOG.md", Kind.CHANGELOG, Means.DRIVER, "c" * 40)
CODE = Clash("a.py", Kind.FILE, note="n" * 5_000)


def kept(database: Database, *clashes: Clash, landing: int = 1, task: int = 1, ours: str = "o") -> None:
    met = Met("b", ours, "t", clashes)
    database.write(lambda tx: meet(tx, 1, landing, task, met, now=float(landing)))


def test_a_newer_try_takes_the_place_of_the_older_one_until_it_has_ended(database: Database) -> None:
    kept(database, LOG, CODE)
    kept(database, LOG, ours="p")
    assert database.read(lambda tx: settled(tx, 1, "o")) == []
    assert database.read(lambda tx: settled(tx, 1, "p")) == [LOG]
    database.write(lambda tx: end(tx, 1, 1, Ending.AUTHOR, commit="x", now=9.0))
    kept(database, LOG, ours="q")
    assert database.read(lambda tx: settled(tx, 1, "q")) == []
    rows = database.read(lambda tx: past(tx, 1, 0.0))
    assert [(one.clash.path, one.ending) for one in rows] == [
        ("CHANGELOG.md", Ending.SETTLED), ("a.py", Ending.AUTHOR),
    ]  # fmt: skip
    assert len(rows[1].clash.note) == NOTE_MAX


def test_what_did_not_pass_is_open_and_a_later_landing_of_the_task_ends_it(database: Database) -> None:
    kept(database, LOG)
    kept(database, LOG, landing=3, task=3)
    database.write(lambda tx: refused(tx, 1, 1, "red"))
    assert database.read(lambda tx: settled(tx, 1, "o")) == []
    database.write(lambda tx: end(tx, 2, 1, Ending.AUTHOR, commit="x", now=9.0))
    found = database.read(lambda tx: past(tx, 1, 0.0))
    assert [one.ending for one in found] == [Ending.AUTHOR, Ending.OPEN]
    assert [one.landing for one in database.read(lambda tx: past(tx, 1, 2.0))] == [3]


def test_odd_paths_and_many_of_them_are_kept_within_bounds(database: Database) -> None:
    odd = [Clash(f"{n}\udcff", Kind.FILE) for n in range(CLASHES_MAX + 1)]
    kept(database, *odd)
    found = database.read(lambda tx: past(tx, 1, 0.0))
    assert len(found) == CLASHES_MAX
    assert found[0].clash.path == "0\\xff"
