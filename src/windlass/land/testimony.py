"""Testimonies: what a data home measured of a tree, signed with its landing key, one reference each.

`refs/windlass/evidence/<tree>/<mark of the key>` is a blob: a DSSE envelope with an in-toto statement about
the tree. Only who holds the key writes there, so nothing is merged. Losing one costs time, no more.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from windlass import __version__, verify
from windlass.kernel import Denied, Invalid, Unavailable
from windlass.land.dsse import ENVELOPE_MAX, envelope, opened
from windlass.land.key import LandingKey, PublicKey
from windlass.land.statement import KIND, canonical
from windlass.store import Database, Transaction
from windlass.workspace import Mirror, Moved

PREFIX: Final = "refs/windlass/evidence/"
PREDICATE: Final = "tag:windlass,2026:evidence/v1"
READINGS_MAX: Final = 200
READINGS_BYTES_MAX: Final = 700_000
"""Of all readings of a testimony; signed and encoded they are a third more, below `ENVELOPE_MAX`."""
TREES_MAX: Final = 1_000
"""Testimonies that are kept, given away and taken in at once."""
SPARE: Final = 100
"""So many go at once when there are too many."""
SAID_MAX: Final = 300
_NAME: Final = re.compile(rf"{PREFIX}([0-9a-f]{{40}}|[0-9a-f]{{64}})/([0-9a-f]{{16}})")
_LOGIN: Final = re.compile(r"(?<=://)[^/@\s]+@")
_testimony = verify.evaluation.testimony


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of looking at testimonies. `trees`: how many were read. `readings`: how many were added.
    `known`: how many were here already. `refused`: references, each with why nothing of it was taken.
    `strangers`: how many are of keys that nobody here trusts. `left`: how many there was no room for.
    """

    trees: int = 0
    readings: int = 0
    known: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    strangers: int = 0
    left: int = 0


def name_of(tree: str, key: PublicKey) -> str:
    """The reference of the testimony that the holder of a key gives of a tree."""
    return f"{PREFIX}{tree}/{_mark(key)}"


def testify(mirror: Mirror, database: Database, tree: str, key: LandingKey) -> int:
    """Write what was measured here of a tree into the mirror; how many readings. Twice is once."""
    text, told = document(database, tree, key)
    if not told:
        return 0
    name, oid = name_of(tree, key.public), mirror.write_blob(text)
    before = mirror.ref(name)
    if before != oid:
        mirror.set_ref(name, oid, expected=before)
        _prune(mirror, database)
    return told


def document(database: Database, tree: str, key: LandingKey) -> tuple[bytes, int]:
    """The testimony and how many readings it holds; the largest are left out where there is no room."""
    rows = [_testimony.told(one) for one in database.read(lambda tx: _testimony.tellable(tx, tree))]
    kept: list[dict[str, Any]] = []
    room = READINGS_BYTES_MAX
    for size, row in sorted(((len(canonical(row)), row) for row in rows), key=lambda one: one[0]):
        room -= size
        if room < 0 or len(kept) == READINGS_MAX:
            break
        kept.append(row)
    statement = {
        "_type": KIND, "predicateType": PREDICATE,
        "subject": [{"name": "tree", "digest": {"gitTree": tree}}],
        "predicate": {
            "windlass": __version__, "left_out": len(rows) - len(kept),
            "readings": sorted(kept, key=lambda row: (row["check"], row["environment"])),
        },
    }  # fmt: skip
    return canonical(envelope(canonical(statement), key)), len(kept)


def parse(text: str, tree: str, key: PublicKey, now: float) -> list[_testimony.Evidence]:
    """The evidence that a testimony tells. Denied when this key did not sign it, Invalid when it is none, or
    about another tree.
    """
    payload = opened(text, key.raw)
    try:
        read = json.loads(payload)
        (subject,) = read["subject"]
        if (read["_type"], read["predicateType"]) != (KIND, PREDICATE):
            raise Invalid("it is signed, and no testimony")
        if subject["digest"] != {"gitTree": tree}:
            raise Invalid("it is about another tree")
        rows = read["predicate"]["readings"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Invalid(f"not a testimony: {error}") from error
    if not isinstance(rows, list) or len(rows) > READINGS_MAX:
        raise Invalid(f"a testimony has at most {READINGS_MAX} readings")
    found = [_testimony.parse(row, tree, now) for row in rows]
    if len({(one.check, one.environment) for one in found}) != len(found):
        raise Invalid("it tells the same check twice")
    return found


def take(
    mirror: Mirror, names: Mapping[str, str], trusted: Sequence[PublicKey], database: Database
) -> Taken:  # fmt: skip
    """Add what testimonies in a mirror tell to the evidence, each whole or not at all."""
    keys = {_mark(key): key for key in trusted}
    told = Taken(strangers=len(names) - len(_of(names, trusted)))
    for name, oid in names.items():
        found = _NAME.fullmatch(name)
        if found is None or found[2] not in keys:
            continue
        try:
            told = _added(told, database, _text(mirror, oid), found[1], keys[found[2]])
        except (Denied, Invalid) as error:
            told = replace(told, refused=(*told.refused, (name, str(error))))
    return told


def bring(
    mirror: Mirror, remote: str, trusted: Sequence[PublicKey], database: Database, *, timeout_s: float
) -> Taken:  # fmt: skip
    """Take testimonies of another repository: those of trusted keys, first of trees that are here."""
    with mirror.apart() as apart:
        there = apart.remote(remote, timeout_s=timeout_s)
        answer, names = there.under(PREFIX)
        _went_well(answer.code, answer.err)
        wanted = _of(names, trusted)
        here = set(mirror.known(name.split("/")[3] for name in wanted))
        chosen = sorted(wanted, key=lambda name: (name.split("/")[3] not in here, name))[:TREES_MAX]
        if chosen:
            answer = there.fetch(*chosen)
            _went_well(answer.code, answer.err)
        told = take(apart, {name: wanted[name] for name in chosen}, trusted, database)
    return replace(told, strangers=len(names) - len(wanted), left=len(wanted) - len(chosen))


def give(mirror: Mirror, remote: str, key: PublicKey, *, timeout_s: float) -> int:
    """Have the testimonies of this key in another repository as they are here; how many were sent. Of what
    it holds besides, so much goes that at most `TREES_MAX` remain.
    """
    there = mirror.remote(remote, timeout_s=timeout_s)
    answer, names = there.under(PREFIX)
    _went_well(answer.code, answer.err)
    mine, old = _of(mirror.refs(PREFIX), [key]), _of(names, [key])
    moves = {name: oid for name, oid in mine.items() if old.get(name) != oid}
    surplus = sorted(old.keys() - mine.keys())[: max(0, len(old.keys() | mine.keys()) - TREES_MAX)]
    if moves or surplus:
        answer = there.put({**moves, **dict.fromkeys(surplus)}, names)
        _went_well(answer.code, answer.err)
    return len(moves)


def _of(names: Mapping[str, str], keys: Sequence[PublicKey]) -> dict[str, str]:
    """Those of the references that are testimonies of these keys."""
    marks = {_mark(key) for key in keys}
    return {name: oid for name, oid in names.items() if (it := _NAME.fullmatch(name)) and it[2] in marks}


def _added(told: Taken, database: Database, text: str, tree: str, key: PublicKey) -> Taken:
    def add(tx: Transaction) -> tuple[int, int]:
        now = tx.now()
        found = parse(text, tree, key, now)
        return len(found), sum(_testimony.adopt(tx, one, key.name, now) for one in found)

    all_of_it, new = database.write(add)
    known = told.known + all_of_it - new
    return replace(told, trees=told.trees + 1, readings=told.readings + new, known=known)


def _text(mirror: Mirror, oid: str) -> str:
    if not mirror.exists(oid):
        raise Invalid("it is not there any more")
    _, content = next(mirror.blobs([oid], ENVELOPE_MAX))
    if content is None:
        raise Invalid(f"it has more than {ENVELOPE_MAX} bytes")
    return content.decode("utf-8", "replace")


def _prune(mirror: Mirror, database: Database) -> None:
    """Of too many testimonies those go whose evidence is oldest."""
    names = mirror.refs(PREFIX)
    if len(names) <= TREES_MAX:
        return
    newest = database.read(lambda tx: _testimony.newest_trees(tx, TREES_MAX))
    age = {tree: place for place, tree in enumerate(newest)}
    by_age = sorted(names, key=lambda name: (age.get(name.split("/")[3], TREES_MAX), name))
    for name in by_age[TREES_MAX - SPARE :]:
        with suppress(Moved):
            mirror.delete_ref(name, names[name])


def _mark(key: PublicKey) -> str:
    return sha256(key.raw).hexdigest()[:16]


def _went_well(code: int, err: str) -> None:
    if code:
        said = _LOGIN.sub("***@", " ".join(err.split()))[:SAID_MAX]
        raise Unavailable(f"the other repository did not do it: {said}", hint="try git ls-remote by hand")
