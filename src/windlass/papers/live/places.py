"""Walk down a document from place to place, references followed on the way."""

from collections.abc import Iterator
from typing import Any

from windlass.papers.references import Place, Shelf
from windlass.papers.text import Step


class Left(Exception):
    """Why something of a contract is not asked."""


def end(shelf: Shelf, place: Place) -> Place:
    """What a place stands for. Raises Elsewhere, Missing."""
    found = shelf.end(place.paper, place.value)
    return place if found.value is place.value else found


def below(shelf: Shelf, place: Place | None, *steps: Step) -> Place | None:
    """What is below a place; None where nothing is. Raises Elsewhere, Missing."""
    for step in steps:
        if place is None or not isinstance(place.value, dict) or step not in place.value:
            return None
        place = end(shelf, Place(place.paper, (*place.steps, step), place.value[step]))
    return place


def each(shelf: Shelf, place: Place | None, *, most: int) -> Iterator[Place]:
    """What is in a list or a mapping, in its order. Raises Elsewhere, Missing, Left."""
    value = place.value if place is not None else None
    if place is None or not isinstance(value, dict | list):
        return
    if len(value) > most:
        raise Left(f"{len(value)} of {place.steps[-1] if place.steps else 'them'!r} are more than {most}")
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for step, one in pairs:
        yield end(shelf, Place(place.paper, (*place.steps, step), one))
