"""The nouns of the operation log: things, changes, operations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from windlass.kernel import Machine

Image = Mapping[str, str | int | float | None]
"""Columns of a row and their values."""


class OperationState(Enum):
    """DONE can be undone, UNDONE can be redone, FINAL can only be answered by something else."""

    DONE = "done"
    UNDONE = "undone"
    FINAL = "final"


OPERATION: Final = Machine(
    "operation",
    {
        OperationState.DONE: frozenset({OperationState.UNDONE}),
        OperationState.UNDONE: frozenset({OperationState.DONE}),
        OperationState.FINAL: frozenset(),
    },
)


@dataclass(frozen=True, slots=True)
class Change:
    """One row: the columns that an operation changed, as they were and as they became."""

    thing: str
    key: int
    before: Image
    after: Image


@dataclass(frozen=True, slots=True)
class Operation:
    """One command that changed something. `instead`: what to do where it cannot be undone."""

    id: int
    repository: int | None
    actor: str
    command: str
    summary: str
    changes: tuple[Change, ...]
    instead: str
    state: OperationState
    at: float
    undone_at: float | None


@dataclass(frozen=True, slots=True)
class Act:
    """Who does what, in words of the command line: `backlog edit`, and one sentence about it."""

    command: str
    actor: str
    summary: str
    repository: int | None = None


def as_it_is(image: Image) -> Image:
    return image


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of row whose changes can be undone; declared by the room that owns the table.

    `settle` turns a row as it was into what it may be put back to: an item that was being worked on comes
    back as an open one. `absent` gives the columns of a row as if it had never been made, for who undoes its
    making; rows are never deleted. `tell` records the room's own events when a row was put back. `touched` is
    a column that takes the time of the change. `subject` is the part of an event's subject that the key is.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    tell: Callable[..., None]
    """Called with the transaction, the key, the image before and after, and `now` and `actor` by name."""
    absent: Callable[[float, str], Image] | None = None
    settle: Callable[[Image], Image] = field(default=as_it_is)
    touched: str = ""
    subject: str = ""
