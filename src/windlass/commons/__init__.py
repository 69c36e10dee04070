"""What instances share: letters to each other, values with a version, locks on named resources.

Owns: letters, shared values, resource locks.  Never: ends a task's lease.  Start at: records/.
"""

from windlass.commons.model import Letter, Lock, Shared
from windlass.commons.records import acquire, entries, inbox, locks, look, put, receipt, release, send

__all__ = [
    "Letter", "Lock", "Shared", "acquire", "entries", "inbox", "locks", "look", "put", "receipt", "release",
    "send",
]  # fmt: skip
