"""What happened: one append-only log, and the tree that proves it was not changed.

Owns: events, cursors, the audit tree.  Never: decides anything.  Start at: records.py, then tree.py.
"""

from windlass.events.model import Cursor, Event, Subject
from windlass.events.records import after, append, history, load_cursor, save_cursor, seen

__all__ = ["Cursor", "Event", "Subject", "after", "append", "history", "load_cursor", "save_cursor", "seen"]
