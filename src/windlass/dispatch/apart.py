"""Which waiting tasks may begin: no two that can change the same file are ready or at work at once. Pure.

A task names the files it touches by patterns; what it surely touches is kept apart from what others surely or
probably touch (see cochange.py), and what two probably touch where both do often enough. Tasks of one chain
share files and follow each other anyway.

The best comes first, and waiting counts without a ceiling: PATIENCE_S of it are worth one point of WSJF, so a
task is overtaken for a bounded time only. Once it has waited that long it also keeps its place: what comes
after it and overlaps it waits too. So however many small and better tasks come, a large one gets its turn.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from windlass.dispatch.globs import literal, meet, segments

PATIENCE_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What one open task works on. `root` names its chain; `likely` are files it will probably change too,
    `surer` others of which that is so probable that two such tasks are kept apart.
    """

    task: int
    root: int
    touches: tuple[str, ...]
    likely: tuple[str, ...] = ()
    surer: tuple[str, ...] = ()

    def patterns(self) -> Iterator[tuple[str, int]]:
        """Each with its doubt: two meet where their doubts together are at most DOUBT_MAX."""
        for doubt, patterns in enumerate((self.touches, self.surer, self.likely)):
            yield from ((pattern, doubt) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ground whose task has not begun. `held`: it was held back so far."""

    ground: Ground
    wsjf: float
    ready_at: float
    held: bool


@dataclass(slots=True)
class _Node:
    below: dict[str, "_Node"] = field(default_factory=dict)
    here: list[tuple[tuple[str, ...], int, Ground]] = field(default_factory=list)


DOUBT_MAX: Final = 2


class _Map:
    """Grounds by the names their patterns begin with, so that a look costs the depth of a path."""

    def __init__(self) -> None:
        self._top = _Node()

    def add(self, ground: Ground) -> None:
        for pattern, doubt in ground.patterns():
            names = segments(pattern)
            node = self._top
            for name in names[: literal(names)]:
                node = node.below.setdefault(name, _Node())
            node.here.append((names, doubt, ground))

    def meets(self, ground: Ground) -> int | None:
        """The lowest number of a task in the way, None when there is none."""
        found = [
            other.task
            for pattern, doubt in ground.patterns()
            for names, its, other in self._near(segments(pattern))
            if other.root != ground.root and doubt + its <= DOUBT_MAX and meet(segments(pattern), names)
        ]
        return min(found, default=None)

    def _near(self, names: Sequence[str]) -> Iterator[tuple[tuple[str, ...], int, Ground]]:
        node: _Node | None = self._top
        for name in names[: literal(names)]:
            assert node is not None
            yield from node.here
            node = node.below.get(name)
            if node is None:
                return
        left = [node] if node is not None else []
        while left:
            one = left.pop()
            yield from one.here
            left += one.below.values()


def settle(at_work: Iterable[Ground], waiting: Iterable[Waiting], now: float) -> Mapping[int, int | None]:
    """For each waiting task the task it waits for, or None when it may begin."""
    taken = _Map()
    for ground in at_work:
        taken.add(ground)
    answer: dict[int, int | None] = {}
    for one in sorted(waiting, key=_turn):
        blocker = taken.meets(one.ground)
        answer[one.ground.task] = blocker
        if blocker is None or now - one.ready_at >= PATIENCE_S:
            taken.add(one.ground)
    return answer


def _turn(one: Waiting) -> tuple[float, bool, int]:
    return one.ready_at - PATIENCE_S * one.wsjf, one.held, one.ground.task
