"""What happened: one append-only log, and the tree that proves it was not changed.

Owns: events, cursors, the audit tree.  Never: decides anything.  Start at: records.py, then tree.py.
"""

from windlass.events.audit import Verdict, export, latest, load_signer, seal, verify, verify_export
from windlass.events.model import Cursor, Event, Subject
from windlass.events.records import (
    after,
    append,
    append_many,
    end,
    history,
    load_cursor,
    save_cursor,
    seen,
)

__all__ = [
    "Cursor", "Event", "Subject", "Verdict", "after", "append", "append_many", "end", "export", "history",
    "latest", "load_cursor", "load_signer", "save_cursor", "seal", "seen", "verify", "verify_export",
]  # fmt: skip
