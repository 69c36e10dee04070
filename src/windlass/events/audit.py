"""The audit log: seal events behind their transactions, verify, export.

One sequencer at a time gives events dense positions, extends the tree and signs checkpoints, never inside a
business transaction, so the log may trail by seconds, and `verify` says how far it is covered. Kill it
anywhere: entries, cursor and checkpoint of a batch are one transaction.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from windlass.events import records, verifier
from windlass.events.entry import entry_text
from windlass.events.model import Cursor
from windlass.events.note import (
    Checkpoint,
    Signer,
    checkpoint_text,
    load_signer,
    open_note,
    parse_checkpoint,
    parse_verifier_key,
    sign,
)
from windlass.events.tree import HASH_BYTES, Range, leaf
from windlass.events.verifier import Log, Problem, Verdict
from windlass.kernel import Conflict, Denied, Invalid
from windlass.store import Database, Row, Transaction

__all__ = [
    "Damaged", "Problem", "Sealed", "Signer", "Verdict", "export", "latest", "load_signer", "seal", "verify",
    "verify_export",
]  # fmt: skip

CONSUMER: Final = "audit"
ENTRIES_MAX: Final = 1_000
"""Entries of one transaction, and between two checkpoints."""
SECONDS_MAX: Final = 60.0
"""Entries wait no longer for a checkpoint, as long as somebody calls `seal`."""
BATCHES_MAX: Final = 1_000
"""Transactions of one call; the next call goes on."""
PAGE: Final = 2_000


class Damaged(Denied):
    """The log contradicts itself: nothing is added or signed until a person has looked."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a call of `seal` added, and the size of the log now."""

    added: int = 0
    size: int = 0
    checkpoints: int = 0


def seal(db: Database, signer: Signer, now: float, *, force: bool = False) -> Sealed:
    """Put every finished event into the log; sign a checkpoint when one is due, with `force` on any news."""
    added = signed = size = 0
    for _ in range(BATCHES_MAX):
        if not db.read(lambda tx: _news(tx, now, force=force)):
            break
        batch = db.write(lambda tx: _batch(tx, signer, now, force=force))
        added, size, signed = added + batch.added, batch.size, signed + batch.checkpoints
    return Sealed(added, size or db.read(records.log_size), signed)


def verify(db: Database, verifier_key: str, anchors: Sequence[str] = ()) -> Verdict:
    """Recompute the log from its entries, compare each with its event, and the whole with `anchors`.

    `anchors`: signed checkpoints that somebody else kept. Without them a rewrite by the key's owner passes.
    """
    return db.read(lambda tx: _verify(tx, verifier_key, anchors))


def export(db: Database, folder: Path, verifier_key: str) -> int:
    """Write entries, checkpoints, the public key and the verifier into `folder`; the number of entries."""
    parse_verifier_key(verifier_key)
    if folder.exists() and any(folder.iterdir()):
        raise Invalid(f"{str(folder)!r} is not empty", hint="name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "audit.vkey").write_text(verifier_key + "\n", encoding="utf-8")
    shutil.copyfile(verifier.__file__, folder / "verifier.py")
    return db.read(lambda tx: _export(tx, folder))


def verify_export(folder: Path, verifier_key: str, anchors: Sequence[Path] = ()) -> Verdict:
    """Verify an exported folder as its `verifier.py` does; `anchors`: files of checkpoints kept elsewhere."""
    try:
        return verifier.verify_export(folder, verifier_key, anchors)
    except (OSError, ValueError) as error:
        hint = "give an export, its log's public key and its anchors"
        raise Invalid(f"cannot verify {str(folder)!r}: {error}", hint=hint) from error


def latest(tx: Transaction) -> str | None:
    """The newest checkpoint: what to give to somebody else as an anchor."""
    row = records.last_checkpoint(tx)
    return None if row is None else str(row["note"])


def _news(tx: Transaction, now: float, *, force: bool) -> bool:
    events, _ = records.rows_after(tx, records.load_cursor(tx, CONSUMER), 1)
    return bool(events) or _due(records.last_checkpoint(tx), records.log_size(tx), now, force=force)


def _due(last: Row | None, size: int, now: float, *, force: bool) -> bool:
    if last is None:
        return size > 0
    waiting = size - int(last["size"])
    # A clock that went back also ends the wait.
    return waiting > 0 and (force or waiting >= ENTRIES_MAX or not 0 <= now - last["at"] < SECONDS_MAX)


def _batch(tx: Transaction, signer: Signer, now: float, *, force: bool) -> Sealed:
    cursor = records.lock_cursor(tx, CONSUMER)
    last = records.last_checkpoint(tx)
    tree = _resume(tx, last, signer)
    rows, behind = records.rows_after(tx, cursor, ENTRIES_MAX)
    entries: list[dict[str, str | int]] = []
    for row in rows:
        text = entry_text(tree.size, row)
        hashed = leaf(text.encode())
        entries.append({"position": tree.size, "event_seq": row["seq"], "entry": text, "leaf": hashed.hex()})
        tree.append(hashed)
    records.keep_entries(tx, entries)
    if rows:
        records.save_cursor(tx, CONSUMER, behind)
    due = _due(last, tree.size, now, force=force)
    if due:
        note = sign(checkpoint_text(Checkpoint(signer.name, tree.size, tree.root())), signer)
        edge = b"".join(tree.hashes).hex()
        records.keep_checkpoint(tx, tree.size, tree.root().hex(), edge, note, now=now)
    return Sealed(len(rows), tree.size, int(due))


def _resume(tx: Transaction, last: Row | None, signer: Signer) -> Range:
    """The tree as it stands. Only what our own signature covers is taken on trust; the rest is hashed anew.

    Without this a forged checkpoint would be laundered by the next true signature.
    """
    tree = Range() if last is None else _signed_tree(last, signer)
    while rows := records.entries_from(tx, tree.size, PAGE):
        for row in rows:
            if last is None or row["position"] != tree.size:
                raise _damaged(f"entry {row['position']} is unsigned or stands where {tree.size} is due")
            tree.append(leaf(row["entry"].encode()))
    return tree


def _signed_tree(last: Row, signer: Signer) -> Range:
    try:
        signed = parse_checkpoint(open_note(last["note"], parse_verifier_key(signer.verifier_key())))
        edge = bytes.fromhex(last["hashes"])
        tree = Range(signed.size, [edge[at : at + HASH_BYTES] for at in range(0, len(edge), HASH_BYTES)])
    except (Denied, Invalid, ValueError) as error:
        raise _damaged(f"the checkpoint of size {last['size']} is not ours: {error}") from error
    if tree.root() != signed.root or signed.size != last["size"] or signed.origin != signer.name:
        raise _damaged(f"the checkpoint of size {last['size']} is not the one that was signed")
    return tree


def _damaged(what: str) -> Damaged:
    return Damaged(f"the audit log is damaged: {what}", hint="windlass audit verify says where")


def _verify(tx: Transaction, verifier_key: str, anchors: Sequence[str]) -> Verdict:
    try:
        log = Log(verifier.parse_key(verifier_key))
    except ValueError as error:
        raise Invalid(f"cannot verify: {error}", hint="audit.vkey of an export holds the key") from error
    for row in records.checkpoints(tx):
        log.expect(row["note"], "checkpoint")
        _check_checkpoint_row(log, row)
    for note in anchors:
        log.expect(note, "anchor")
    before = Cursor()
    for row in _entries(tx):
        before = _check_row(log, row, before)
        log.take(row["entry"])
    for seq in records.left_out(tx, records.load_cursor(tx, CONSUMER), verifier.PROBLEMS_MAX):
        log.report(None, "left-out", f"event {seq} was passed by the sealer but is in no entry")
    return log.finish()


def _entries(tx: Transaction) -> Iterator[Row]:
    position = -1
    while rows := records.entries_from(tx, position + 1, PAGE):
        yield from rows
        position = rows[-1]["position"]


def _check_row(log: Log, row: Row, before: Cursor) -> Cursor:
    """Compare a sealed entry with its event; the event's place in commit order, for the next one."""
    position: int = row["position"]
    if leaf(row["entry"].encode()).hex() != row["leaf"]:
        log.report(position, "leaf", "the stored hash is not the one of the entry")
    if row["seq"] is None:
        log.report(position, "event-deleted", f"event {row['event_seq']} is gone")
        return before
    if entry_text(position, row) != row["entry"]:
        log.report(position, "event-edited", f"event {row['event_seq']} is not what was sealed")
    here = Cursor(int(row["xid"]), int(row["seq"]))
    if (here.xid, here.seq) <= (before.xid, before.seq):
        log.report(position, "event-order", f"event {row['event_seq']} was committed before the one ahead")
    return here


def _check_checkpoint_row(log: Log, row: Row) -> None:
    try:
        size, root = verifier.open_checkpoint(row["note"], log.key)
    except ValueError:
        return  # `expect` has reported it
    if (size, root.hex()) != (row["size"], row["root"]):
        log.report(size, "bad-checkpoint", f"the row of size {row['size']} is not what its note says")


def _export(tx: Transaction, folder: Path) -> int:
    count = 0
    with (folder / "entries.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for row in _entries(tx):
            if "\n" in row["entry"]:
                raise Conflict(f"entry {row['position']} holds a line break", hint="windlass audit verify")
            file.write(row["entry"] + "\n")
            count += 1
    notes = "".join(json.dumps(row["note"]) + "\n" for row in records.checkpoints(tx))
    (folder / "checkpoints.jsonl").write_text(notes, encoding="utf-8")
    return count
