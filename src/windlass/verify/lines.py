"""The lines of changed files that a run of tests had, as they are kept beside its other results. Pure.

Of a whole repository they would be the largest part of the evidence, and a change is asked about the files
that it touches.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

Lines = Mapping[str, Mapping[int, bool]]
"""By file, the lines that could run: whether one did."""
LINES_MAX: Final = 200_000
"""Lines of one reading; of more none is kept."""


def some_lines(lines: Lines, paths: Collection[str]) -> Lines:
    """Those of some files."""
    kept = {path: lines[path] for path in sorted(set(paths) & lines.keys())}
    return kept if sum(map(len, kept.values())) <= LINES_MAX else {}


def packed(lines: Lines) -> dict[str, list[str]]:
    """By file, which lines ran and which did not, as ranges."""
    return {path: [ranges(_of(told, ran=True)), ranges(_of(told, ran=False))] for path, told in lines.items()}


def unpacked(told: Mapping[str, Any]) -> Lines:
    """What was packed."""
    return {
        path: {number: at == 0 for at, text in enumerate(both) for number in _numbers(text)}
        for path, both in told.items()
    }


def ranges(numbers: Iterable[int]) -> str:
    """Numbers as a person reads them: `3-5,9`."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in found)


def _of(told: Mapping[int, bool], *, ran: bool) -> Iterator[int]:
    return (number for number, did in told.items() if did is ran)


def _numbers(text: str) -> Iterator[int]:
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
