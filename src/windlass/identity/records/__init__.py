"""Tokens and sessions in the database."""

from windlass.identity.records.sessions import (
    SEEN_EVERY_S,
    close_session,
    make_link,
    open_session,
    seen,
    session,
)
from windlass.identity.records.tokens import USED_EVERY_S, check, issue, prune, resolve, revoke, tokens, touch

__all__ = [
    "SEEN_EVERY_S", "USED_EVERY_S", "check", "close_session", "issue", "make_link", "open_session", "prune",
    "resolve", "revoke", "seen", "session", "tokens", "touch",
]  # fmt: skip
