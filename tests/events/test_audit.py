"""The audit log on both databases: sealing, racing, resuming, and every way to tamper with it we know."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from windlass import events
from windlass.events import Subject, audit
from windlass.events.audit import Damaged, Verdict
from windlass.events.entry import entry_text
from windlass.events.note import Checkpoint, Signer, checkpoint_text, load_signer, sign
from windlass.events.tree import Range, leaf
from windlass.kernel import Invalid
from windlass.store import Database, Transaction

NOW = 1_800_000_000.0
SQL = Callable[[Transaction], object]


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return load_signer(tmp_path / "keys")


def happen(database: Database, count: int, *, start: int = 0) -> None:
    def work(tx: Transaction) -> None:
        for n in range(start, start + count):
            events.append(tx, "task.claimed", NOW + n, about=Subject(1, n, n, 1), n=n, share=n / 7)

    database.write(work)


def kinds(verdict: Verdict) -> set[str]:
    return {problem.kind for problem in verdict.problems}


def test_events_are_sealed_once_and_verify(database: Database, signer: Signer) -> None:
    happen(database, 25)
    assert audit.seal(database, signer, NOW) == audit.Sealed(25, 25, 1)
    assert audit.seal(database, signer, NOW + 1) == audit.Sealed(0, 25, 0)
    verdict = audit.verify(database, signer.verifier_key())
    assert (verdict.ok, verdict.covered, verdict.total, verdict.anchored) == (True, 25, 25, 0)


def test_an_empty_log_verifies_and_covers_nothing(database: Database, signer: Signer) -> None:
    assert audit.seal(database, signer, NOW, force=True) == audit.Sealed()
    assert audit.verify(database, signer.verifier_key()) == Verdict(True, 0, 0, ())


def test_a_checkpoint_comes_with_news_and_time_or_number(database: Database, signer: Signer) -> None:
    happen(database, 3)
    assert audit.seal(database, signer, NOW).checkpoints == 1
    happen(database, 3, start=3)
    assert audit.seal(database, signer, NOW + 59) == audit.Sealed(3, 6, 0)
    assert audit.verify(database, signer.verifier_key()).covered == 3
    assert audit.seal(database, signer, NOW + 60) == audit.Sealed(0, 6, 1)
    assert audit.seal(database, signer, NOW + 500, force=True) == audit.Sealed(0, 6, 0)
    happen(database, 1, start=6)
    assert audit.seal(database, signer, NOW + 61, force=True) == audit.Sealed(1, 7, 1)
    happen(database, 1, start=7)
    assert audit.seal(database, signer, NOW - 9_000) == audit.Sealed(1, 8, 1)
    happen(database, 2_100, start=8)
    assert audit.seal(database, signer, NOW - 8_999) == audit.Sealed(2_100, 2_108, 2)
    assert audit.verify(database, signer.verifier_key()).ok


def test_two_sealers_at_once_make_one_log(database: Database, signer: Signer) -> None:
    start, failures = threading.Barrier(3), []

    def seal() -> None:
        start.wait()
        try:
            for step in range(40):
                audit.seal(database, signer, NOW + step, force=step % 5 == 0)
        except Exception as error:  # the thread's outcome is what the test is about
            failures.append(error)

    threads = [threading.Thread(target=seal) for _ in range(2)]
    for thread in threads:
        thread.start()
    start.wait()
    for n in range(60):
        happen(database, 2, start=n * 2)
    for thread in threads:
        thread.join()
    audit.seal(database, signer, NOW + 99, force=True)
    verdict = audit.verify(database, signer.verifier_key())
    assert failures == []
    assert (verdict.ok, verdict.total, verdict.covered) == (True, 120, 120)


def test_a_slow_transaction_is_sealed_late_but_sealed(postgres: Database, signer: Signer) -> None:
    opened, finish = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> None:
        events.append(tx, "slow", NOW)
        opened.set()
        assert finish.wait(10)

    thread = threading.Thread(target=lambda: postgres.write(slow))
    thread.start()
    assert opened.wait(10)
    happen(postgres, 3)
    audit.seal(postgres, signer, NOW)
    finish.set()
    thread.join()
    audit.seal(postgres, signer, NOW + 100)
    verdict = audit.verify(postgres, signer.verifier_key())
    assert (verdict.ok, verdict.total) == (True, 4)


KILLED = """
import sys
from pathlib import Path
from windlass import events
from windlass.events import audit
from windlass.store import open_database
db, signer = open_database(sys.argv[1]), audit.load_signer(Path(sys.argv[2]))
print("go", flush=True)
n = 0
while True:
    db.write(lambda tx: [events.append(tx, "work.done", 1.8e9 + n, n=n) for _ in range(50)])
    audit.seal(db, signer, 1.8e9 + n, force=n % 3 == 0)
    n += 1
"""


def test_killed_anywhere_nothing_is_lost_or_sealed_twice(
    database: Database, signer: Signer, tmp_path: Path
) -> None:
    for delay in (0.02, 0.11, 0.23):
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, database.url, str(tmp_path / "keys")], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"go\n"
        threading.Event().wait(delay)
        child.kill()
        child.communicate()
        audit.seal(database, signer, NOW + 9e6, force=True)
        total = database.read(lambda tx: tx.scalar("SELECT count(*) AS n FROM wl_event"))
        verdict = audit.verify(database, signer.verifier_key())
        assert (verdict.problems, verdict.total, verdict.covered) == ((), total, total)


def resealed(tx: Transaction, signer: Signer, upto: int) -> None:
    """What the owner of the key can do: build the log again from the events as they are now."""
    tree = Range()
    for row in tx.rows("SELECT * FROM wl_event ORDER BY seq LIMIT :n", n=upto):
        text = entry_text(tree.size, row)
        tree.append(leaf(text.encode()))
        tx.execute(
            "UPDATE wl_audit SET entry = :e, leaf = :l, event_seq = :s WHERE position = :p",
            e=text, l=leaf(text.encode()).hex(), s=row["seq"], p=tree.size - 1,
        )  # fmt: skip
    note = sign(checkpoint_text(Checkpoint(signer.name, tree.size, tree.root())), signer)
    tx.execute("DELETE FROM wl_checkpoint")
    tx.execute(
        "INSERT INTO wl_checkpoint (size, root, hashes, note, at) VALUES (:s, :r, '', :n, 1)",
        s=tree.size, r=tree.root().hex(), n=note,
    )  # fmt: skip


def drop(tx: Transaction, position: int) -> None:
    tx.execute("DELETE FROM wl_audit WHERE position = :p", p=position)
    tx.execute("UPDATE wl_audit SET position = position - 1001 WHERE position > :p", p=position)
    tx.execute("UPDATE wl_audit SET position = position + 1000 WHERE position < 0")


def swap(tx: Transaction, one: int, other: int) -> None:
    for old, new in ((one, -1), (other, one), (-1, other)):
        tx.execute("UPDATE wl_audit SET position = :new WHERE position = :old", new=new, old=old)


def rewrite(tx: Transaction, position: int, old: str, new: str) -> None:
    """Edit an entry and make its leaf fit."""
    text = tx.scalar("SELECT entry FROM wl_audit WHERE position = :p", p=position)
    assert old in text
    text = text.replace(old, new)
    tx.execute(
        "UPDATE wl_audit SET entry = :e, leaf = :l WHERE position = :p",
        e=text, l=leaf(text.encode()).hex(), p=position,
    )  # fmt: skip


def insert(tx: Transaction, position: int) -> None:
    tx.execute("UPDATE wl_audit SET position = position + 1001 WHERE position >= :p", p=position)
    tx.execute("UPDATE wl_audit SET position = position - 1000 WHERE position > 1000")
    tx.execute("INSERT INTO wl_event (at, actor, kind, data) VALUES (1.0, 'mallory', 'task.approved', '{}')")
    row = tx.row("SELECT * FROM wl_event ORDER BY seq DESC LIMIT 1")
    assert row is not None
    text = entry_text(position, row)
    tx.execute(
        "INSERT INTO wl_audit (position, event_seq, entry, leaf) VALUES (:p, :s, :e, :l)",
        p=position, s=row["seq"], e=text, l=leaf(text.encode()).hex(),
    )  # fmt: skip


def run(sql: str) -> SQL:
    return lambda tx: tx.execute(sql)


ATTACKS: dict[str, tuple[SQL, set[str]]] = {
    "an event is edited": (
        run("UPDATE wl_event SET actor = 'mallory' WHERE seq = 71"), {"event-edited"}),
    "an event's data is edited": (
        run("UPDATE wl_event SET data = '{}' WHERE seq = 71"), {"event-edited"}),
    "an event's time is edited": (
        run("UPDATE wl_event SET at = at - 1 WHERE seq = 71"), {"event-edited"}),
    "an event is deleted": (
        run("DELETE FROM wl_event WHERE seq = 71"), {"event-deleted"}),
    "an entry is edited": (
        run("UPDATE wl_audit SET entry = replace(entry, 'claimed', 'expired') WHERE position = 70"),
        {"leaf", "event-edited", "root"}),
    "an entry is edited with its leaf": (
        lambda tx: rewrite(tx, 70, "claimed", "expired"), {"event-edited", "root"}),
    "entry and event are edited together": (
        lambda tx: (rewrite(tx, 70, "windlass", "mallory"),
                    tx.execute("UPDATE wl_event SET actor = 'mallory' WHERE seq = 71")), {"root"}),
    "an entry's leaf is edited": (
        run("UPDATE wl_audit SET leaf = 'ff' WHERE position = 70"), {"leaf"}),
    "an entry is deleted": (
        run("DELETE FROM wl_audit WHERE position = 70"), {"reordered", "root", "left-out"}),
    "an entry is deleted and the rest closed up": (
        lambda tx: drop(tx, 70), {"reordered", "event-edited", "root", "left-out"}),
    "an entry and its event are deleted": (
        lambda tx: (drop(tx, 70), tx.execute("DELETE FROM wl_event WHERE seq = 71")),
        {"reordered", "event-edited", "root"}),
    "an entry is inserted": (
        lambda tx: insert(tx, 70), {"reordered", "event-edited", "event-order", "root"}),
    "two entries are swapped": (
        lambda tx: swap(tx, 70, 71), {"reordered", "event-edited", "event-order", "root"}),
    "an entry is spelled differently": (
        lambda tx: rewrite(tx, 70, '"v":1', '"v":1 '), {"not-canonical", "event-edited", "root"}),
    "an entry says a key twice": (
        lambda tx: rewrite(tx, 70, '"v":1', '"v":1,"v":1'), {"duplicate-key", "event-edited", "root"}),
    "an entry is no JSON": (
        lambda tx: rewrite(tx, 70, '"v":1', '"v":'), {"malformed", "event-edited", "root"}),
    "the tail is cut": (
        run("DELETE FROM wl_audit WHERE position >= 90"), {"truncated", "left-out"}),
    "tail and last checkpoint are cut": (
        lambda tx: (tx.execute("DELETE FROM wl_audit WHERE position >= 50"),
                    tx.execute("DELETE FROM wl_checkpoint WHERE size > 50")), {"left-out"}),
    "all checkpoints are deleted": (
        run("DELETE FROM wl_checkpoint"), {"uncovered"}),
    "a checkpoint's root is altered": (
        run("UPDATE wl_checkpoint SET root = 'ff' WHERE size = 100"), {"bad-checkpoint"}),
    "a checkpoint's note is altered": (
        run("UPDATE wl_checkpoint SET note = replace(note, '100', '099') WHERE size = 100"),
        {"bad-checkpoint"}),
    "an event is slipped in behind the sealer": (
        run("INSERT INTO wl_event (seq, at, actor, kind, data) VALUES (0, 1.0, 'mallory', 'x.done', '{}')"),
        {"left-out"}),
}  # fmt: skip


@pytest.fixture
def log(database: Database, signer: Signer) -> Database:
    """150 events; checkpoints at 50 and 100; 50 entries behind the last one."""
    for start, step in ((0, 0), (50, 1), (100, 2)):
        happen(database, 50, start=start)
        audit.seal(database, signer, NOW + step, force=step < 2)
    return database


def test_the_untouched_log_verifies(log: Database, signer: Signer) -> None:
    verdict = audit.verify(log, signer.verifier_key())
    assert (verdict.problems, verdict.covered, verdict.total) == ((), 100, 150)
    assert verdict.lines() == ["verified: covered 100 of 150 entries, none of them by an anchor"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_tampering_is_found_and_named(log: Database, signer: Signer, attack: str) -> None:
    work, expected = ATTACKS[attack]
    if attack.endswith("behind the sealer") and not log.url.startswith("sqlite"):
        # PostgreSQL stamps its own transaction id: the event is ahead of the sealer and simply sealed next.
        work = run(
            "INSERT INTO wl_event (seq, xid, at, actor, kind, data)"
            " VALUES (0, '3', 1.0, 'mallory', 'x.done', '{}')"
        )
    log.write(work)
    verdict = audit.verify(log, signer.verifier_key())
    assert not verdict.ok
    assert kinds(verdict) == expected
    assert all(problem.detail for problem in verdict.problems)


@pytest.mark.parametrize(
    "attack", ["an event is edited", "an entry is edited", "an entry is spelled differently"]
)
def test_the_place_is_named(log: Database, signer: Signer, attack: str) -> None:
    log.write(ATTACKS[attack][0])
    problems = audit.verify(log, signer.verifier_key()).problems
    first = min(problem.position for problem in problems if problem.position is not None)
    assert first == 70


def test_a_rewrite_by_the_owner_of_the_key_needs_an_anchor_to_be_found(log: Database, signer: Signer) -> None:
    anchor = log.read(audit.latest)
    assert anchor is not None

    def forge(tx: Transaction) -> None:
        tx.execute("UPDATE wl_event SET actor = 'mallory' WHERE seq = 71")
        resealed(tx, signer, 150)

    log.write(forge)
    assert audit.verify(log, signer.verifier_key()).ok
    assert kinds(audit.verify(log, signer.verifier_key(), [anchor])) == {"fork"}


def test_a_rollback_is_found_by_an_anchor(log: Database, signer: Signer) -> None:
    anchor = log.read(audit.latest)
    assert anchor is not None

    def restore(tx: Transaction) -> None:
        tx.execute("DELETE FROM wl_audit WHERE position >= 50")
        tx.execute("DELETE FROM wl_event WHERE seq > 50")
        tx.execute("DELETE FROM wl_checkpoint WHERE size > 50")
        tx.execute("UPDATE wl_cursor SET seq = 50 WHERE consumer = 'audit'")

    log.write(restore)
    assert audit.verify(log, signer.verifier_key()).ok
    assert "rollback" in kinds(audit.verify(log, signer.verifier_key(), [anchor]))


def test_an_anchor_on_this_log_is_counted(log: Database, signer: Signer) -> None:
    anchor = log.read(audit.latest)
    audit.seal(log, signer, NOW + 500, force=True)
    verdict = audit.verify(log, signer.verifier_key(), [anchor or ""])
    assert (verdict.ok, verdict.covered, verdict.anchored) == (True, 150, 100)


def test_an_anchor_of_another_log_is_refused(log: Database, signer: Signer, tmp_path: Path) -> None:
    other = load_signer(tmp_path / "other")
    note = sign(checkpoint_text(Checkpoint(other.name, 100, bytes(32))), other)
    assert kinds(audit.verify(log, signer.verifier_key(), [note])) == {"bad-anchor"}
    assert kinds(audit.verify(log, other.verifier_key())) == {"bad-checkpoint", "uncovered"}
    with pytest.raises(Invalid, match="cannot verify"):
        audit.verify(log, "not a key")


FORGED = {
    "another key": lambda tx, other: tx.execute(
        "UPDATE wl_checkpoint SET note = :n WHERE size = 100",
        n=sign(checkpoint_text(Checkpoint(other.name, 100, bytes(32))), other),
    ),
    "another edge": lambda tx, _: tx.execute("UPDATE wl_checkpoint SET hashes = :h", h="00" * 96),
    "no edge": lambda tx, _: tx.execute("UPDATE wl_checkpoint SET hashes = 'x'"),
    "another size": lambda tx, _: tx.execute("UPDATE wl_checkpoint SET size = 140 WHERE size = 100"),
    "no checkpoint": lambda tx, _: tx.execute("DELETE FROM wl_checkpoint"),
    "a hole behind it": lambda tx, _: tx.execute("DELETE FROM wl_audit WHERE position = 120"),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_nothing_is_signed_on_top_of_a_forgery(
    log: Database, signer: Signer, tmp_path: Path, forgery: str
) -> None:
    log.write(lambda tx: FORGED[forgery](tx, load_signer(tmp_path / "other")))
    happen(log, 5, start=150)
    with pytest.raises(Damaged, match="audit log is damaged"):
        audit.seal(log, signer, NOW + 900)
    assert log.read(lambda tx: tx.scalar("SELECT count(*) AS n FROM wl_audit")) in (149, 150)


def test_an_export_holds_everything_and_goes_into_a_new_folder(
    log: Database, signer: Signer, tmp_path: Path
) -> None:
    assert audit.export(log, tmp_path / "out", signer.verifier_key()) == 150
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"entries.jsonl", "checkpoints.jsonl", "audit.vkey", "verifier.py"}
    with pytest.raises(Invalid, match="not empty"):
        audit.export(log, tmp_path / "out", signer.verifier_key())
