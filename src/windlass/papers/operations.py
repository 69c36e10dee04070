"""Operations of a document of OpenAPI or AsyncAPI: names used twice, parameters of paths nobody declares."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from windlass.papers.references import Elsewhere, Missing, Shelf, nodes, pointer
from windlass.papers.text import Paper, Steps

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
PATH_MAX: Final = 2_000
Found = tuple[str, str, Paper, Steps, str]
"""Rule, what it is about, where it stands, why."""
_PARAMETER: Final = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of a path, and what is declared for all of them there."""

    name: str
    path: str
    paper: Paper
    steps: Steps
    told: Mapping[str, Any]
    common: Any


def faults(shelf: Shelf, paper: Paper, kind: str) -> Iterator[Found]:
    """What is wrong with the operations of a document."""
    if kind.startswith("asyncapi"):
        yield from _of_channels(shelf, paper)
        return
    every = list(_operations(shelf, paper))
    ids = [(one.told.get("operationId"), one.paper, one.steps) for one in every]
    yield from _twice([*ids, *_of_callbacks(paper, {(one.paper.path, one.steps) for one in every})])
    for one in every:
        if one.path.startswith("/"):
            yield from _undeclared(shelf, one)


def _operations(shelf: Shelf, paper: Paper) -> Iterator[Operation]:
    for section in ("paths", "webhooks"):
        paths = paper.value.get(section)
        for path, item in paths.items() if isinstance(paths, dict) else ():
            try:
                place = shelf.end(paper, item)
            except (Elsewhere, Missing):
                continue
            if not isinstance(place.value, dict):
                continue
            steps = (section, path) if place.value is item else place.steps
            for method in METHODS:
                told = place.value.get(method)
                if isinstance(told, dict):
                    name, common = f"{method} {path[:PATH_MAX]}", place.value.get("parameters")
                    shown = path if section == "paths" else ""
                    yield Operation(name, shown, place.paper, (*steps, method), told, common)


def _of_callbacks(paper: Paper, known: set[tuple[str, Steps]]) -> Iterator[tuple[Any, Paper, Steps]]:
    """Operations that stand elsewhere in the document, as callbacks do."""
    for steps, node in nodes(paper.value):
        operation = isinstance(node, dict) and "operationId" in node and "responses" in node
        if operation and (paper.path, steps) not in known:
            yield node["operationId"], paper, steps


def _twice(ids: list[tuple[Any, Paper, Steps]]) -> Iterator[Found]:
    first: dict[str, tuple[Paper, Steps]] = {}
    for name, paper, steps in ids:
        if not isinstance(name, str):
            continue
        if name in first and first[name] != (paper, steps):
            before, there = first[name]
            why = f"{name[:80]!r} is what {before.path} calls {pointer(there)[:120]}"
            yield "duplicate-operation", name, paper, (*steps, "operationId"), why
        first.setdefault(name, (paper, steps))


def _undeclared(shelf: Shelf, one: Operation) -> Iterator[Found]:
    wanted, declared = set(_PARAMETER.findall(one.path[:PATH_MAX])), set[str]()
    for several in (one.common, one.told.get("parameters")):
        for told in several if isinstance(several, list) else ():
            try:
                value = shelf.end(one.paper, told).value
            except (Elsewhere, Missing):
                return
            if isinstance(value, dict) and value.get("in") == "path":
                declared.add(str(value.get("name")))
    for name in sorted(wanted - declared):
        why = f"{one.name} does not declare its parameter {name[:80]!r}"
        yield "path-parameter", f"{one.name} {name}", one.paper, one.steps, why
    for name in sorted(declared - wanted):
        why = f"{one.name} declares {name[:80]!r}, which its path does not have"
        yield "path-parameter", f"{one.name} {name}", one.paper, one.steps, why


def _of_channels(shelf: Shelf, paper: Paper) -> Iterator[Found]:
    channels = paper.value.get("channels")
    ids: list[tuple[Any, Paper, Steps]] = []
    for name, told in channels.items() if isinstance(channels, dict) else ():
        try:
            channel = shelf.end(paper, told).value
        except (Elsewhere, Missing):
            continue
        if not isinstance(channel, dict):
            continue
        for way in ("publish", "subscribe"):
            if isinstance(channel.get(way), dict):
                ids.append((channel[way].get("operationId"), paper, ("channels", name, way)))
        address = channel.get("address", name)
        wanted = set(_PARAMETER.findall(address[:PATH_MAX])) if isinstance(address, str) else set()
        declared = channel.get("parameters")
        for missing in sorted(wanted - set(declared if isinstance(declared, dict) else ())):
            why = f"the channel does not declare its parameter {missing[:80]!r}"
            yield "path-parameter", f"{name} {missing}", paper, ("channels", name), why
    yield from _twice(ids)
