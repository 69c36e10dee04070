"""A browser's way in: a link that works once, then a session that ends by itself."""

import secrets
from typing import Final

from windlass import events
from windlass.identity.model import Issued, Principal, Role, Session, TokenKind, Unknown
from windlass.identity.records.tokens import issue
from windlass.identity.secret import TEXT_MAX, csrf_of, digest, kind_of, same
from windlass.store import Transaction

LINK_S: Final = 300.0
"""Seconds within which a link has to be opened."""
IDLE_S: Final = 12 * 3600.0
LIFE_S: Final = 7 * 86_400.0
"""A session ends after this even if it is used all the time."""
SEEN_EVERY_S: Final = 60.0
"""`seen_at` is kept this exactly."""
COOKIE_BYTES: Final = 32


def make_link(tx: Transaction, principal: Principal, now: float) -> Issued:
    """A text that opens one session as `principal`, once, within five minutes."""
    return issue(
        tx, TokenKind.LINK, subject=principal.subject, role=principal.role, now=now, expires_at=now + LINK_S,
        by=principal.subject,
    )  # fmt: skip


def open_session(tx: Transaction, link: str, now: float) -> tuple[str, Session]:
    """Spend a link: the cookie, kept nowhere else, and its session. Unknown if the link was spent."""
    if kind_of(link) is not TokenKind.LINK:
        raise Unknown
    spent = tx.row(
        "UPDATE wl_token SET revoked_at = :now, used_at = :now WHERE hash = :hash AND kind = :kind"
        " AND revoked_at IS NULL AND expires_at > :now RETURNING subject, role",
        now=now, hash=digest(link), kind=TokenKind.LINK.value,
    )  # fmt: skip
    if spent is None:
        raise Unknown
    cookie = secrets.token_urlsafe(COOKIE_BYTES)
    csrf, ends = csrf_of(cookie), now + LIFE_S
    tx.execute(
        "INSERT INTO wl_session (hash, subject, role, csrf, created_at, seen_at, expires_at)"
        " VALUES (:hash, :subject, :role, :csrf, :now, :now, :ends)",
        hash=digest(cookie), subject=spent["subject"], role=spent["role"], csrf=digest(csrf), now=now,
        ends=ends,
    )  # fmt: skip
    events.append(tx, "session.opened", now, actor=spent["subject"], role=spent["role"])
    return cookie, Session(Principal(spent["subject"], Role(spent["role"])), csrf, ends)


def session(tx: Transaction, cookie: str, now: float) -> Session:
    """The session of a cookie, or Unknown: never opened, closed, idle for 12 hours or 7 days old.

    Pure reading; whoever answers the request calls `seen` now and then.
    """
    if not 0 < len(cookie) <= TEXT_MAX:
        raise Unknown
    row = tx.row(
        "SELECT subject, role, csrf, expires_at FROM wl_session WHERE hash = :hash AND revoked_at IS NULL"
        " AND expires_at > :now AND seen_at > :idle",
        hash=digest(cookie), now=now, idle=now - IDLE_S,
    )  # fmt: skip
    csrf = csrf_of(cookie)
    if row is None or not same(row["csrf"], digest(csrf)):
        raise Unknown
    return Session(Principal(row["subject"], Role(row["role"])), csrf, row["expires_at"])


def seen(tx: Transaction, cookie: str, now: float) -> None:
    """Note that a session is in use, at most once a minute."""
    tx.execute(
        "UPDATE wl_session SET seen_at = :now"
        " WHERE hash = :hash AND revoked_at IS NULL AND seen_at <= :before",
        now=now, hash=digest(cookie), before=now - SEEN_EVERY_S,
    )  # fmt: skip


def close_session(tx: Transaction, cookie: str, now: float) -> None:
    """Log out; a second time changes nothing."""
    row = tx.row(
        "UPDATE wl_session SET revoked_at = :now WHERE hash = :hash AND revoked_at IS NULL RETURNING subject",
        now=now, hash=digest(cookie),
    )  # fmt: skip
    if row is not None:
        events.append(tx, "session.closed", now, actor=row["subject"])
