"""What happened: one append-only log, the feed that tells it, and the tree that proves it was not changed.

Owns: events, cursors, the feed, the audit tree.  Never: decides anything.  Start at: records.py, feed.py.
"""

from windlass.events.audit import Verdict, export, load_signer, seal, verify, verify_export
from windlass.events.feed import EVERYTHING, Feed, FeedClosed, Filter, Notice, Subscription, TooSlow
from windlass.events.model import Cursor, Event, Subject, parse_cursor
from windlass.events.records import (
    after,
    append,
    append_many,
    end,
    history,
    seen,
)

__all__ = [
    "EVERYTHING", "Cursor", "Event", "Feed", "FeedClosed", "Filter", "Notice", "Subject", "Subscription",
    "TooSlow", "Verdict", "after", "append", "append_many", "end", "export", "history", "load_signer",
    "parse_cursor", "seal", "seen", "verify", "verify_export",
]  # fmt: skip
