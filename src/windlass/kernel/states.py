"""Lifecycles as tables: checked at run time, drawn in the docs, walked by one test."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from windlass.kernel.errors import Conflict

S = TypeVar("S", bound=Enum)


class IllegalMove(Conflict):
    """A state machine was asked for a transition that its table does not hold."""


@dataclass(frozen=True)
class Machine(Generic[S]):
    """The legal moves of one kind of thing."""

    name: str
    moves: Mapping[S, frozenset[S]]

    def check(self, old: S, new: S) -> None:
        if new not in self.moves[old]:
            raise IllegalMove(f"{self.name} cannot go from {old.value!r} to {new.value!r}")

    def final(self, state: S) -> bool:
        return not self.moves[state]

    def mermaid(self) -> str:
        lines = [f"  {a.value} --> {b.value}" for a, bs in self.moves.items() for b in sorted(bs, key=str)]
        return "\n".join(["stateDiagram-v2", *lines])
