"""Know who is calling and what they may do: tokens, sessions, one table of rights.

Owns: tokens, sessions.  Never: knows what a task is.  Start at: rights.py, then door.py.
"""

from windlass.identity.door import Door
from windlass.identity.model import (
    OWNER,
    SYSTEM,
    Issued,
    LeaseRef,
    Principal,
    Role,
    Session,
    Token,
    TokenKind,
    Unknown,
)
from windlass.identity.origin import served_names, trusted
from windlass.identity.records import (
    close_session,
    issue,
    make_link,
    open_session,
    prune,
    resolve,
    revoke,
    tokens,
)
from windlass.identity.rights import ACTIONS, authorize, self_approved
from windlass.identity.secret import redacted

__all__ = [
    "ACTIONS", "OWNER", "SYSTEM", "Door", "Issued", "LeaseRef", "Principal", "Role", "Session", "Token",
    "TokenKind", "Unknown", "authorize", "close_session", "issue", "make_link", "open_session", "prune",
    "redacted", "resolve", "revoke", "self_approved", "served_names", "tokens", "trusted",
]  # fmt: skip
