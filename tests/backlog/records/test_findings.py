"""The blob cache, paths as columns and scans on both databases; see the controller for discovery."""

from hypothesis import given
from hypothesis import strategies as st
from tests.backlog.desk import hit

from windlass.backlog import Report, tend
from windlass.backlog.reconcile import Tree
from windlass.backlog.records.findings import (
    Scan,
    from_column,
    keep_blobs,
    last_tree,
    load_blobs,
    places,
    record_scan,
    spots,
    to_column,
)
from windlass.store import Database


@given(st.binary(min_size=1, max_size=40))
def test_any_path_survives_the_database(raw: bytes) -> None:
    path = raw.decode("utf-8", "surrogateescape")
    column = to_column(path)
    column.encode("utf-8")
    assert from_column(column) == path


def test_the_cache_answers_by_scanner_blob_and_suffix(database: Database) -> None:
    many = {(f"{n:040x}", "python"): f"[{n}]" for n in range(950)}
    database.write(lambda tx: keep_blobs(tx, "comments/1", many))
    database.write(lambda tx: keep_blobs(tx, "comments/1", {("0" * 40, "python"): "[new]"}))
    asked = [blob for blob, _ in many]
    found = database.read(lambda tx: load_blobs(tx, "comments/1", [*asked, "f" * 40]))
    assert len(found) == 950
    assert found["0" * 40] == {"python": "[new]"}
    assert database.read(lambda tx: load_blobs(tx, "comments/2", asked)) == {}


def test_a_scan_is_one_transaction_with_its_places(database: Database) -> None:
    repo = database.write(lambda tx: tend(tx, "r", "/r", "main", 1.0))
    scan = Scan(repo.id, "s", "s/1", "c" * 40, "t" * 40, 5.0)
    report = Report((hit("R1", "b.py", 3, "x"), hit("R1", "a.py", 9, "y"), hit("R2", "a.py", 1, "z")), 1.0)
    changed = database.write(lambda tx: record_scan(tx, scan, report, Tree(), 5.0))
    assert (changed.opened, changed.tally.new, len(changed.fresh)) == (2, 3, 3)
    assert database.read(lambda tx: places(tx, repo.id)) == {1: ["a.py", "b.py"], 2: ["a.py"]}
    assert database.read(lambda tx: spots(tx, repo.id))[1] == ["a.py:9", "b.py:3"]
    assert database.read(lambda tx: last_tree(tx, repo.id, "s", "s/1")) == "t" * 40
    assert database.read(lambda tx: last_tree(tx, repo.id, "s", "s/2")) is None


def test_many_paths_at_once_are_looked_up_in_parts(database: Database) -> None:
    repo = database.write(lambda tx: tend(tx, "r", "/r", "main", 1.0))
    scan = Scan(repo.id, "s", "s/1", "c" * 40, "t" * 40, 5.0)
    hits = tuple(hit("R1", f"f{n}.py", 1, "x") for n in range(900))
    looked = frozenset(h.path for h in hits)
    database.write(lambda tx: record_scan(tx, scan, Report(hits, 1.0, looked), Tree(), 5.0))
    again = database.write(lambda tx: record_scan(tx, scan, Report(hits[:450], 1.0, looked), Tree(), 6.0))
    assert (again.tally.new, again.tally.gone, again.tally.open) == (0, 450, 450)
