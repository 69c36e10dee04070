"""Prove a landing: its statement, its commit and the evidence it names, each by looking again.

Nothing here needs a network. With a statement and a key from elsewhere it needs no database either.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from windlass import events, verify
from windlass.dispatch import Submission
from windlass.kernel import Denied, Invalid, NotFound, WindlassError
from windlass.land import records, sshsig, testimony
from windlass.land.dsse import envelope, opened
from windlass.land.key import LandingKey, PublicKey, landing_key, parse_public_key
from windlass.land.model import JudgedBatch, Landing
from windlass.land.statement import KIND, PREDICATE, canonical, statement
from windlass.store import Transaction
from windlass.workspace import Mirror

__all__ = [
    "LandingKey", "Point", "PublicKey", "Standing", "attest", "envelope_of", "landing_key", "landing_of",
    "on_record", "parse_public_key", "prove", "testimony",
]  # fmt: skip

ATTESTED: Final = "landing.attested"


class Standing(Enum):
    """What looking again came to. UNKNOWN is no pass."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at."""

    name: str
    standing: Standing
    detail: str


def attest(
    tx: Transaction, landing: Landing, submission: Submission, key: LandingKey, now: float, *,
    batch: JudgedBatch | None = None,
) -> None:  # fmt: skip
    """Put the signed statement of a landing on record; the audit log seals it like every event. `batch`: what
    it was judged as part of.
    """
    signed = envelope(canonical(statement(tx, landing, submission, now, batch=batch)), key)
    records.say(tx, landing, ATTESTED, now, commit=landing.commit, envelope=json.dumps(signed))


def landing_of(tx: Transaction, repository_id: int, commit: str) -> Landing:
    """The landing that made a commit, by its id or the beginning of it."""
    return records.by_commit(tx, repository_id, commit)


def envelope_of(tx: Transaction, landing: Landing) -> str:
    """The signed statement of a landing. Raises NotFound when there is none."""
    for event in reversed(events.history(tx, task=landing.task_id)):
        if event.kind == ATTESTED and event.data.get("landing") == landing.id:
            return str(event.data["envelope"])
    raise NotFound(
        f"landing {landing.id} has no statement on record",
        hint="landings are stated when they are recorded; this one was made before that",
    )


def prove(
    text: str, key: PublicKey, commit: str, mirror: Mirror, *, evidence: Callable[[dict[str, Any]], Point]
) -> list[Point]:
    """Look at everything again; the statement's own signature first, since the rest rests on it."""
    try:
        told = _told(opened(text, key.raw))
    except WindlassError as error:
        return [Point("statement", Standing.FAILS, str(error))]
    points = [Point("statement", Standing.HOLDS, f"signed by {key.name}")]
    return points + list(_points(told, key, commit, mirror)) + [evidence(told)]


def on_record(tx: Transaction, told: Mapping[str, Any]) -> Point:
    """Whether the evidence that a statement names is in the store as it says."""
    tree, wanted = _judged(told)["tree"], told["evidence"]
    kept = {(one["check"], one["environment"]): one["verdict"] for one in verify.evidence_of(tx, tree)}
    wrong = [
        f"{one['check']} was {one['verdict']}, the store says {kept.get((one['check'], one['environment']))}"
        for one in wanted
        if kept.get((one["check"], one["environment"])) != one["verdict"]
    ]
    if wrong:
        return Point("evidence", Standing.FAILS, "; ".join(wrong[:5]))
    if not wanted:
        return Point("evidence", Standing.UNKNOWN, f"the statement names none for tree {tree}")
    return Point("evidence", Standing.HOLDS, f"{len(wanted)} checks of tree {tree[:12]} are on record")


def _told(payload: bytes) -> dict[str, Any]:
    """What a statement says, with its subject's commit and reference beside it."""
    try:
        read = json.loads(payload)
        (subject,) = read["subject"]
        if (read["_type"], read["predicateType"]) != (KIND, PREDICATE):
            raise Invalid(f"it is a {read['predicateType']!r}, not the statement of a landing")
        told = {
            **read["predicate"], "commit": subject["digest"]["gitCommit"], "ref": subject["name"],
        }  # fmt: skip
        for name, kind in (("base", str), ("tree", str), ("evidence", list), ("branch", str)):
            if not isinstance(told[name], kind):
                raise Invalid(f"the statement's {name!r} is no {kind.__name__}")
        if not all(isinstance(_judged(told)[name], str) for name in ("tree", "commit")):
            raise Invalid("the statement does not say which tree was judged")
        return told
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"not the statement of a landing: {error}") from error


def _points(told: Mapping[str, Any], key: PublicKey, commit: str, mirror: Mirror) -> Iterator[Point]:
    stated = told["commit"]
    if stated != commit:
        yield Point("commit", Standing.FAILS, f"the statement is about {stated}, not about {commit}")
        return
    try:
        made = mirror.log(commit, 1)[0]
        content = mirror.content(commit)
    except WindlassError as error:
        yield Point("commit", Standing.UNKNOWN, f"the repository does not have it: {error}")
        return
    if (made.tree, made.parents) == (told["tree"], (told["base"],)):
        yield Point("commit", Standing.HOLDS, f"tree {made.tree[:12]} on {told['base'][:12]}, as stated")
    else:
        parents = ", ".join(made.parents)
        yield Point("commit", Standing.FAILS, f"it has tree {made.tree} and parents {parents}")
    yield _signature(content, key)
    if "judged" in told:
        yield _within(told["judged"], told["tree"], commit, mirror)
    yield _branch(told, commit, mirror)


def _judged(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The commit whose tree was judged: the statement's own, or the last one of its batch."""
    judged: Mapping[str, Any] = told.get("judged", told)
    return judged


def _within(judged: Mapping[str, Any], tree: str, commit: str, mirror: Mirror) -> Point:
    """Whether the commit is part of what was judged: the branch moved over the whole batch in one step."""
    last = judged["commit"]
    try:
        whole = mirror.tree_of(last) == judged["tree"] and (
            last == commit or mirror.is_ancestor(commit, last)
        )
    except WindlassError as error:
        return Point("batch", Standing.UNKNOWN, f"the repository does not have its last commit: {error}")
    if not whole:
        return Point("batch", Standing.FAILS, f"{last} does not hold it with the tree {judged['tree']}")
    own = "which is this one" if judged["tree"] == tree else "this one by itself was not"
    return Point("batch", Standing.HOLDS, f"tree {judged['tree'][:12]} of {last[:12]} was judged, {own}")


def _signature(content: bytes, key: PublicKey) -> Point:
    try:
        text, armor = sshsig.unsigned_commit(content)
        sshsig.check(key.raw, text, armor)
    except (Denied, Invalid) as error:
        return Point("signature", Standing.FAILS, str(error))
    return Point("signature", Standing.HOLDS, f"the commit is signed by {key.name}")


def _branch(told: Mapping[str, Any], commit: str, mirror: Mirror) -> Point:
    name = str(told["ref"])
    head = mirror.ref(f"refs/windlass/user/{name.removeprefix('refs/')}")
    if head is None:
        return Point("branch", Standing.UNKNOWN, f"{name} is not there any more")
    if head == commit or mirror.is_ancestor(commit, head):
        return Point("branch", Standing.HOLDS, f"{name} holds it")
    return Point("branch", Standing.FAILS, f"{name} at {head} does not hold it")
