"""Tokens: issued once, found by digest alone, revoked or expired for good."""

import json
import secrets
from collections.abc import Collection
from typing import Final

from windlass import events
from windlass.events import Subject
from windlass.identity.model import (
    ROLES_OF,
    RUNNER_PREFIX,
    Issued,
    LeaseRef,
    Principal,
    Role,
    Token,
    TokenKind,
    Unknown,
)
from windlass.identity.rights import ACTIONS
from windlass.identity.secret import SECRET_BYTES, compose, digest, kind_of
from windlass.kernel import Invalid, NotFound
from windlass.store import Row, Transaction

LIFE_MAX_S: Final = 366 * 86_400.0
"""No token lives longer than a year."""
NAME_MAX: Final = 200
KEPT_S: Final = 30 * 86_400.0
"""Dead tokens of leases and links are forgotten after this; those of people and machines stay on record."""
USED_EVERY_S: Final = 300.0
"""`used_at` is kept this exactly, so that a busy token does not write with every call."""

_COLUMNS: Final = (
    "id, kind, subject, role, name, scopes, repository_id, task_id, fence, created_at, created_by,"
    " expires_at, used_at, revoked_at"
)


def issue(
    tx: Transaction,
    kind: TokenKind,
    *,
    subject: str,
    role: Role,
    now: float,
    expires_at: float,
    by: str,
    name: str = "",
    scopes: Collection[str] = (),
    repository: int | None = None,
    lease: LeaseRef | None = None,
) -> Issued:
    """Make a token; its text is in the answer and nowhere else. `by` is the subject that wanted it.

    A lease's token carries `lease`, and its subject is made from it. Every other token leaves an event.
    """
    _check(kind, role, expires_at - now, scopes, lease)
    if lease is not None:
        subject = f"lease:{lease.task_id}/{lease.fence}"
    if not 0 < len(subject) <= NAME_MAX or len(name) > NAME_MAX or not subject.isprintable():
        raise Invalid(f"a token's subject has 1 to {NAME_MAX} printable characters, its name at most as many")
    text = compose(kind, secrets.token_bytes(SECRET_BYTES))
    # A lease's token has no scopes; whose lease it is stands in their place.
    kept = {"worker": lease.worker, "node": lease.node} if lease else sorted(scopes)
    made = tx.scalar(
        "INSERT INTO wl_token (hash, kind, subject, role, name, scopes, repository_id, task_id, fence,"
        " created_at, created_by, expires_at) VALUES (:hash, :kind, :subject, :role, :name, :scopes,"
        " :repository, :task, :fence, :now, :by, :expires) RETURNING id",
        hash=digest(text), kind=kind.value, subject=subject, role=role.value, name=name,
        scopes=json.dumps(kept), repository=repository, task=lease.task_id if lease else None,
        fence=lease.fence if lease else None, now=now, by=by, expires=expires_at,
    )  # fmt: skip
    if kind is not TokenKind.LEASE:
        about = Subject(repository=repository)
        events.append(tx, "token.issued", now, actor=by, about=about, token=made, prefix=kind.value,
                      subject=subject, role=role.value, name=name, scopes=sorted(scopes))  # fmt: skip
    return Issued(int(made), text, expires_at)


def resolve(tx: Transaction, text: str, now: float) -> Principal:
    """Who this bearer token stands for, or Unknown. A lease's token says whose it is, not that it is held."""
    if kind_of(text) is TokenKind.LINK:
        raise Unknown
    found = tx.row(f"SELECT {_COLUMNS} FROM wl_token WHERE hash = :hash", hash=digest(text))  # noqa: S608
    if found is None:
        raise Unknown
    token = _token(found)
    if not token.alive(now):
        raise Unknown
    return principal_of(token)


def check(tx: Transaction, token_id: int, now: float) -> None:
    """Raise Unknown when this token counts no more."""
    row = tx.row("SELECT expires_at, revoked_at FROM wl_token WHERE id = :id", id=token_id)
    if row is None or row["revoked_at"] is not None or now >= row["expires_at"]:
        raise Unknown


def principal_of(token: Token) -> Principal:
    runs = token.kind is TokenKind.RUNNER and token.subject.startswith(RUNNER_PREFIX)
    return Principal(
        token.subject, token.role, frozenset(token.scopes), token.repository, token.lease, token.id,
        token.subject.removeprefix(RUNNER_PREFIX) if runs else "",
    )  # fmt: skip


def touch(tx: Transaction, token_id: int, now: float) -> None:
    """Note that a token was used, at most once in `USED_EVERY_S`."""
    tx.execute(
        "UPDATE wl_token SET used_at = :now WHERE id = :id AND (used_at IS NULL OR used_at <= :before)",
        now=now, id=token_id, before=now - USED_EVERY_S,
    )  # fmt: skip


def revoke(tx: Transaction, token_id: int, by: str, now: float) -> Token:
    """End a token at once; a second time changes nothing."""
    changed = tx.execute(
        "UPDATE wl_token SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL", now=now, id=token_id
    )
    row = tx.row(f"SELECT {_COLUMNS} FROM wl_token WHERE id = :id", id=token_id)  # noqa: S608
    if row is None:
        raise NotFound(f"there is no token {token_id}", hint="windlass token list")
    token = _token(row)
    if changed:
        about = Subject(repository=token.repository)
        events.append(tx, "token.revoked", now, actor=by, about=about, token=token.id,
                      subject=token.subject, name=token.name)  # fmt: skip
    return token


def tokens(
    tx: Transaction, *, subject: str | None = None, leases: bool = False, after: int = 0, limit: int = 500
) -> list[Token]:
    """What is on record, oldest first, of one subject or of all; tokens of leases only when asked for."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM wl_token WHERE id > :after AND (:anybody = 1 OR subject = :subject)"  # noqa: S608
        " AND (:leases = 1 OR kind <> :lease) ORDER BY id LIMIT :limit",
        after=after, anybody=int(subject is None), subject=subject or "", leases=int(leases),
        lease=TokenKind.LEASE.value, limit=limit,
    )  # fmt: skip
    return [_token(row) for row in rows]


def prune(tx: Transaction, now: float) -> int:
    """Forget tokens of leases and links, and sessions, that have been dead for a month; how many."""
    forgotten = tx.execute(
        "DELETE FROM wl_token WHERE kind IN (:lease, :link) AND expires_at < :before",
        lease=TokenKind.LEASE.value, link=TokenKind.LINK.value, before=now - KEPT_S,
    )  # fmt: skip
    return forgotten + tx.execute("DELETE FROM wl_session WHERE expires_at < :before", before=now - KEPT_S)


def _check(
    kind: TokenKind, role: Role, life_s: float, scopes: Collection[str], lease: LeaseRef | None
) -> None:
    if role not in ROLES_OF[kind]:
        fits = ", ".join(sorted(one.value for one in ROLES_OF[kind]))
        raise Invalid(f"a token {kind.value}… cannot carry the role {role.value!r}", hint=f"it takes: {fits}")
    if not 0 < life_s <= LIFE_MAX_S:
        raise Invalid(f"a token cannot live {life_s:.0f} s", hint="choose more than 0 s and at most 366 days")
    if unknown := set(scopes) - set(ACTIONS):
        raise Invalid(f"there is no scope {min(unknown)!r}", hint=f"known: {', '.join(ACTIONS)}")
    if role is Role.SERVICE and not scopes:
        raise Invalid("a token of a service needs scopes", hint=f"name some of: {', '.join(ACTIONS)}")
    if (kind is TokenKind.LEASE) != (lease is not None):
        raise Invalid("a token stands for a lease exactly when it is of the kind 'wl_lease_'")


def _token(row: Row) -> Token:
    kept = json.loads(row["scopes"])
    lease = None
    if row["task_id"] is not None:
        lease = LeaseRef(row["task_id"], row["fence"], str(kept["worker"]), str(kept["node"]))
    return Token(
        row["id"], TokenKind(row["kind"]), row["subject"], Role(row["role"]), row["name"],
        () if lease else tuple(kept), row["repository_id"], lease, row["created_at"], row["created_by"],
        row["expires_at"], row["used_at"], row["revoked_at"],
    )  # fmt: skip
