"""Standing answers: explicit, listed, revocable. Three like answers earn an offer, never a policy."""

import re
from collections.abc import Sequence
from typing import Any, Final

from windlass import events, policy
from windlass.events import Subject
from windlass.history import Act, Image, Thing, recording
from windlass.kernel import Invalid, NotFound, iso
from windlass.mesh import answering, records
from windlass.mesh.records import Policy
from windlass.policy import Decision
from windlass.store import Transaction


def _tell(tx: Transaction, key: int, before: Image, after: Image, *, now: float, actor: str) -> None:
    found = records.policy(tx, key)
    assert found is not None
    about = Subject(repository=found.repository_id)
    if after["revoked_at"] is not None:
        events.append(tx, "policy.revoked", now, actor=actor, about=about, policy=key)
    else:
        events.append(
            tx, "policy.added", now, actor=actor, about=about, policy=key, asks=found.kind,
            pattern=found.pattern, choice=found.choice,
        )  # fmt: skip


def _absent(now: float, actor: str) -> Image:
    return {"revoked_by": actor, "revoked_at": now}


POLICY_THING: Final = Thing(
    name="policy", table="wl_policy", columns=("revoked_by", "revoked_at"), tell=_tell, absent=_absent
)
"""What of a policy can be put back when an operation is undone: whether it stands."""
ON_DEADLINE: Final = "default_on_deadline"
"""The kind of a policy that lets a question's own default apply when its time is over."""
LIKE_MIN: Final = 3
NEVER: Final = frozenset({answering.FAILED})
"""Kinds of questions that a person reads every time."""
_NUMBER: Final = re.compile(r"\d+|[0-9a-f]{12,64}")


def pattern_of(key: str) -> str:
    """A decision's key with everything that numbers one case left open."""
    return ":".join("*" if _NUMBER.fullmatch(part) else part for part in key.split(":"))


def matches(pattern: str, key: str) -> bool:
    """Whether a pattern covers a key; `*` stands for anything but a `:`."""
    found = re.escape(pattern).replace(r"\*", "[^:]*")
    return re.fullmatch(found, key) is not None


def may_stand(asked: Decision) -> bool:
    """Whether a policy may answer this question at all: never what is risky, never a failed chain."""
    return asked.kind not in NEVER and asked.context.get("route") != "strict" and asked.priority > 0


def add(
    tx: Transaction, repository_id: int | None, words: tuple[str, str, str], by: str, now: float
) -> Policy:
    """Make a policy of (kind, pattern, choice); the same one twice is one."""
    kind, pattern, choice = words
    if kind in NEVER:
        raise Invalid(f"questions of kind {kind!r} are never answered by a policy")
    if not pattern.strip("*:"):
        raise Invalid(f"the pattern {pattern!r} names nothing", hint="begin it like the key of the question")
    for known in records.policies(tx, repository_id):
        if (known.kind, known.pattern, known.choice) == words:
            return known
    act = Act("decide policy add", by, f"{kind} {pattern}: {choice}", repository_id)
    with recording(tx, act, [(POLICY_THING, ())]) as running:
        made = records.add_policy(tx, repository_id, words, by, now)
        running.made(POLICY_THING, made.id)
    about = Subject(repository=repository_id)
    events.append(tx, "policy.added", now, actor=by, about=about, policy=made.id, asks=kind, pattern=pattern,
                  choice=choice)  # fmt: skip
    return made


def revoke(tx: Transaction, policy_id: int, by: str, now: float) -> Policy:
    """End a policy; it stays on record, and a second time changes nothing."""
    found = records.policy(tx, policy_id)
    if found is None:
        raise NotFound(f"no policy {policy_id}", hint="`windlass decide policy list` shows them")
    act = Act("decide policy revoke", by, f"policy {policy_id}", found.repository_id)
    with recording(tx, act, [(POLICY_THING, (policy_id,))]):
        revoked = records.revoke_policy(tx, policy_id, by, now)
    if revoked:
        about = Subject(repository=found.repository_id)
        events.append(tx, "policy.revoked", now, actor=by, about=about, policy=policy_id)
    return records.policy(tx, policy_id) or found


def offer(tx: Transaction, answered: Decision) -> dict[str, Any] | None:
    """The policy that the newest answers speak for: three of the same kind, key and choice in a row."""
    pattern = pattern_of(answered.key)
    if answered.answer not in answered.options or not may_stand(answered):
        return None
    like = [
        each
        for each in records.answered(tx, answered.repository, answered.kind)
        if matches(pattern, each["key"]) and str(each["answered_by"]).split(":")[0] != "policy"
    ][:LIKE_MIN]
    if len(like) < LIKE_MIN or any(each["answer"] != answered.answer for each in like):
        return None
    standing = records.policies(tx, answered.repository)
    if any(one.kind == answered.kind and matches(one.pattern, answered.key) for one in standing):
        return None
    return {"kind": answered.kind, "pattern": pattern, "choice": answered.answer}


def apply(tx: Transaction, repository_id: int, now: float) -> list[int]:
    """Answer what a policy answers, and what its default answers once its time is over; the decisions."""
    standing = records.policies(tx, repository_id)
    decided = []
    for asked in policy.open_decisions(tx, repository_id):
        late = asked.deadline is not None and asked.deadline <= now
        found = _answering(standing, asked, late=late)
        if found is not None:
            choice = asked.default if found.kind == ON_DEADLINE else found.choice
            answering.decide(tx, asked.id, (choice, ""), f"policy:{found.id}", now)
            records.count_policy(tx, found.id, now)
            decided.append(asked.id)
        elif late:
            _overdue(tx, asked, now)
    return decided


def _answering(standing: Sequence[Policy], asked: Decision, *, late: bool) -> Policy | None:
    if not may_stand(asked):
        return None
    for one in standing:
        if not matches(one.pattern, asked.key):
            continue
        if one.kind == asked.kind and one.choice in asked.options:
            return one
        if one.kind == ON_DEADLINE and late and asked.default is not None:
            return one
    return None


def _overdue(tx: Transaction, asked: Decision, now: float) -> None:
    """Nobody answered in time: said once, and the question becomes the most urgent."""
    if records.make_urgent(tx, asked.id):
        about = Subject(asked.repository, asked.item, asked.task)
        events.append(tx, "decision.overdue", now, about=about, decision=asked.id, severity="warning",
                      deadline=iso(asked.deadline or now))  # fmt: skip


def policy_view(found: Policy, repository: str | None) -> dict[str, Any]:
    return {
        "id": found.id, "repository": repository, "kind": found.kind, "pattern": found.pattern,
        "choice": found.choice, "created_by": found.created_by, "created_at": iso(found.created_at),
        "revoked_by": found.revoked_by or None,
        "revoked_at": None if found.revoked_at is None else iso(found.revoked_at), "used": found.used,
        "used_at": None if found.used_at is None else iso(found.used_at),
    }  # fmt: skip
