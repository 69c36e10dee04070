"""An event: something that happened, in the past tense, with ids; never secrets or payloads."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a consumer has read."""

    xid: int = 0
    seq: int = 0
