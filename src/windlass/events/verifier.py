"""Verify an exported audit log offline: one file, the standard library and `cryptography`, nothing else.

    python verifier.py EXPORT --key KEY [--anchor FILE ...]

EXPORT is a folder with `entries.jsonl` (one canonical JSON entry per line; the line's bytes are the leaf) and
`checkpoints.jsonl` (one C2SP signed note per line, as a JSON string). KEY is the log's public key or a file
that holds it; it and the anchors must come from somewhere else than the export. The key's owner could have
rewritten what no checkpoint covers that somebody else keeps: the verdict says how much is covered.

It repeats the tree and the notes of windlass on purpose: a second implementation that agrees with the first.
Exit codes: 0 verified, 1 something is wrong, 2 wrong use.
"""

import argparse
import base64
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PROBLEMS_MAX = 1_000
ENTRY_MAX = 32_768
"""Bytes of one entry."""
NOTE_MAX = 65_536


@dataclass(frozen=True)
class Problem:
    """What is wrong, and at which position of the log; None where no single entry is meant."""

    position: int | None
    kind: str
    detail: str


@dataclass(frozen=True)
class Verdict:
    """`covered`: entries under a checkpoint that was signed and recomputed; `total`: entries there are."""

    ok: bool
    covered: int
    total: int
    problems: tuple[Problem, ...]
    anchored: int = 0
    """Entries under a checkpoint that somebody else kept."""

    def lines(self) -> list[str]:
        word = "verified" if self.ok else "NOT verified"
        kept = f", {self.anchored} of them by an anchor" if self.anchored else ", none of them by an anchor"
        head = f"{word}: covered {self.covered} of {self.total} entries{kept}"
        return [head, *(_line(problem) for problem in self.problems)]


@dataclass(frozen=True)
class Key:
    name: str
    id: bytes
    public: Ed25519PublicKey


@dataclass
class Log:
    """Takes entries one by one in the order of the log and keeps what is wrong with them."""

    key: Key
    problems: list[Problem] = field(default_factory=list)
    size: int = 0
    covered: int = 0
    anchored: int = 0
    _wanted: dict[int, list[tuple[str, bytes]]] = field(default_factory=dict)
    _hashes: list[bytes] = field(default_factory=list)
    _shift: int = 0

    def expect(self, note: str, what: str) -> None:
        """Take a checkpoint (`what`: checkpoint or anchor) that the log must agree with; before any entry."""
        try:
            size, root = open_checkpoint(note, self.key)
        except ValueError as error:
            self.report(None, f"bad-{what}", str(error))
            return
        earlier = [known for label, known in self._wanted.get(size, []) if label == "checkpoint"]
        if what == "checkpoint" and self._wanted and size <= max(self._sizes("checkpoint"), default=-1):
            self.report(size, "order", f"checkpoints do not grow at size {size}")
        if any(known != root for known in earlier):
            self.report(size, "fork", f"two different roots were signed for size {size}")
        self._wanted.setdefault(size, []).append((what, root))

    def take(self, entry: str) -> None:
        """Check and append one entry."""
        position = self.size
        for kind, detail in check_entry(entry, position + self._shift):
            self.report(position, kind, detail)
            self._follow(entry, kind)
        self._append(sha256(b"\x00" + entry.encode("utf-8", "surrogatepass")).digest())
        for what, root in self._wanted.get(self.size, ()):
            if root == self.root():
                self._count(what)
            else:
                kind = "root" if what == "checkpoint" else "fork"
                self.report(position, kind, f"the tree at size {self.size} is not the one the {what} signed")

    def finish(self) -> Verdict:
        """Compare the end of the log with what was signed, and judge."""
        for size in sorted(self._wanted):
            for what, _ in self._wanted[size]:
                if size > self.size:
                    kind = "truncated" if what == "checkpoint" else "rollback"
                    self.report(self.size, kind, f"{self.size} entries are left of {size} that were signed")
        if self.size and not self.covered:
            self.report(None, "uncovered", "no good checkpoint covers anything")
        problems = tuple(self.problems)
        return Verdict(not problems, self.covered, self.size, problems, self.anchored)

    def report(self, position: int | None, kind: str, detail: str) -> None:
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(Problem(position, kind, detail))

    def root(self) -> bytes:
        if not self._hashes:
            return sha256(b"").digest()
        found = self._hashes[-1]
        for left in self._hashes[-2::-1]:
            found = sha256(b"\x01" + left + found).digest()
        return found

    def _follow(self, entry: str, kind: str) -> None:
        """Report a gap once, not again for every entry behind it."""
        if kind == "reordered":
            number = json.loads(entry)["seq"] if "seq" in entry else None
            self._shift = number - self.size if type(number) is int else self._shift

    def _append(self, leaf: bytes) -> None:
        carry, hashes = self.size, self._hashes
        while carry & 1:
            leaf = sha256(b"\x01" + hashes.pop() + leaf).digest()
            carry >>= 1
        hashes.append(leaf)
        self.size += 1

    def _count(self, what: str) -> None:
        self.covered = self.size
        if what == "anchor":
            self.anchored = self.size

    def _sizes(self, what: str) -> Iterator[int]:
        return (size for size, known in self._wanted.items() for label, _ in known if label == what)


def canonical(entry: dict[str, Any]) -> str:
    """Sorted, compact JSON: RFC 8785 for ASCII keys and values of strings, integers, booleans and null."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def check_entry(text: str, position: int) -> Iterator[tuple[str, str]]:
    """What is wrong with one entry by itself, as (kind, detail)."""
    if len(text.encode("utf-8", "surrogatepass")) > ENTRY_MAX:
        yield "oversized", f"more than {ENTRY_MAX} bytes"
        return
    try:
        entry = json.loads(text, object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError) as error:
        yield "duplicate-key" if isinstance(error, _Double) else "malformed", str(error)
        return
    if not isinstance(entry, dict) or not all(_plain(value) for value in entry.values()):
        yield "malformed", "not an object of strings, integers, booleans and nulls"
        return
    if canonical(entry) != text:
        yield "not-canonical", "the same entry is spelled differently"
    if entry.get("seq") != position or isinstance(entry.get("seq"), bool):
        yield "reordered", f"it calls itself {entry.get('seq')!r}"


def parse_key(text: str) -> Key:
    """Read `NAME+ID+BASE64`; ValueError when it contradicts itself."""
    name, number, encoded = ([*text.strip().split("+", 2), "", ""])[:3]
    raw = base64.b64decode(encoded, validate=True)
    expected = sha256(name.encode() + b"\n" + raw).digest()[:4]
    if not name or len(raw) != 33 or raw[:1] != b"\x01" or expected.hex() != number:
        raise ValueError("not an Ed25519 verifier key of the form NAME+ID+BASE64")
    return Key(name, expected, Ed25519PublicKey.from_public_bytes(raw[1:]))


def open_checkpoint(note: str, key: Key) -> tuple[int, bytes]:
    """Size and root of a checkpoint of this log; ValueError says why it is not one."""
    head, blank, tail = note.rpartition("\n\n")
    if len(note) > NOTE_MAX or not blank or not tail.endswith("\n"):
        raise ValueError("not a signed note")
    text, signed = head + "\n", False
    for line in tail[:-1].split("\n"):
        dash, name, encoded = ([*line.split(" ", 2), "", ""])[:3]
        raw = base64.b64decode(encoded, validate=True)
        if dash != "—" or len(raw) < 5:
            raise ValueError("a signature line is malformed")
        if name == key.name and raw[:4] == key.id:
            _check_signature(key, raw[4:], text)
            signed = True
    if not signed:
        raise ValueError(f"not signed by {key.name}")
    origin, size, root = ([*head.split("\n"), "", ""])[:3]
    digest = base64.b64decode(root, validate=True)
    number = size.isascii() and size.isdigit() and str(int(size)) == size
    if origin != key.name or not number or len(digest) != 32:
        raise ValueError("not a checkpoint of this log")
    return int(size), digest


def verify(entries: Iterable[str], notes: Iterable[str], key: Key, anchors: Iterable[str] = ()) -> Verdict:
    """Recompute the whole log."""
    log = Log(key)
    for note in notes:
        log.expect(note, "checkpoint")
    for note in anchors:
        log.expect(note, "anchor")
    for entry in entries:
        log.take(entry)
    return log.finish()


def verify_export(folder: Path, key: str, anchors: Sequence[Path] = ()) -> Verdict:
    """Verify an exported folder with a public key string and the files of checkpoints that others kept."""
    with (folder / "entries.jsonl").open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
        notes = [
            _note(line) for line in (folder / "checkpoints.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        held = [path.read_text(encoding="utf-8") for path in anchors]
        return verify((line.removesuffix("\n") for line in lines), notes, parse_key(key), held)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="verifier.py", description="Verify an exported audit log offline.")
    parser.add_argument("export", type=Path, help="the folder that was exported")
    parser.add_argument("--key", required=True, help="the log's public key, or a file that holds it")
    parser.add_argument("--anchor", type=Path, action="append", default=[], help="a note kept elsewhere")
    given = parser.parse_args(arguments)
    try:
        key = Path(given.key).read_text(encoding="utf-8") if Path(given.key).is_file() else given.key
        verdict = verify_export(given.export, key, given.anchor)
    except (OSError, ValueError) as error:
        print(f"verifier.py: {error}", file=sys.stderr)
        return 2
    print("\n".join(verdict.lines()))
    return 0 if verdict.ok else 1


class _Double(ValueError):
    pass


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Double("a key is there twice")
    return found


def _plain(value: object) -> bool:
    return value is None or isinstance(value, (str, int))


def _check_signature(key: Key, signature: bytes, text: str) -> None:
    try:
        key.public.verify(signature, text.encode())
    except InvalidSignature as error:
        raise ValueError(f"the signature of {key.name} is false") from error


def _note(line: str) -> str:
    """One line of `checkpoints.jsonl`; what cannot be read becomes an empty note, which is bad."""
    try:
        note = json.loads(line)
    except ValueError:
        return ""
    return note if isinstance(note, str) else ""


def _line(problem: Problem) -> str:
    where = "log" if problem.position is None else f"entry {problem.position}"
    return f"  {where}: {problem.kind}: {problem.detail}"


if __name__ == "__main__":
    sys.exit(main())
