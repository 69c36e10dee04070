"""An event: something that happened, in the past tense, with ids; never secrets or payloads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from windlass.kernel import Invalid


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about; every part is optional."""

    repository: int | None = None
    item: int | None = None
    task: int | None = None
    fence: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log; `seq` grows with insertion (on PostgreSQL transactions come first)."""

    seq: int
    at: float
    actor: str
    kind: str
    subject: Subject
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the log: how far a consumer has read. Its order is the log's; as text it is `xid.seq`."""

    xid: int = 0
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.xid}.{self.seq}"


_PLACE: Final = re.compile(r"(0|[1-9][0-9]{0,18})\.(0|[1-9][0-9]{0,18})")
_NUMBER_MAX: Final = 2**63 - 1


def parse_cursor(text: str) -> Cursor:
    """Read `xid.seq`, the id that an event has on the wire."""
    if parts := _PLACE.fullmatch(text):
        found = Cursor(int(parts[1]), int(parts[2]))
        if max(found.xid, found.seq) <= _NUMBER_MAX:
            return found
    raise Invalid(f"{text[:60]!r} is not an event id", hint="give an id as it was received, e.g. 0.42")
