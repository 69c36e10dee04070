"""Letters, shared values and locks in the database. Each function is part of one transaction."""

from windlass.commons.records.letters import inbox, receipt, send
from windlass.commons.records.locks import acquire, locks, release
from windlass.commons.records.shared import entries, look, put

__all__ = ["acquire", "entries", "inbox", "locks", "look", "put", "receipt", "release", "send"]
