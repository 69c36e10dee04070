"""Follow `$ref` inside the tree: to places of the same file and of others, never over the network.

What is written as data (examples, defaults, constants) holds no references, whatever its keys are called.
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from windlass.papers.text import Paper, Step, Steps, Unreadable, read
from windlass.papers.walk import Tree

FILE_MAX: Final = 4 * 1024 * 1024
HOPS_MAX: Final = 32
REF_MAX: Final = 2_000
ENDS: Final = (".yaml", ".yml", ".json")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_DATA: Final = frozenset({"example", "default", "enum", "const", "value", "x-example", "x-examples"})
_NAMES: Final = frozenset({
    "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "schemas", "responses",
    "parameters", "requestBodies", "headers", "securitySchemes", "securityDefinitions", "links", "callbacks",
    "pathItems", "paths", "webhooks", "channels", "messages", "operations", "servers", "variables", "replies",
    "replyAddresses", "correlationIds", "operationTraits", "messageTraits", "content", "encoding",
    "dependencies",
})  # fmt: skip
"""Below these, keys are names that somebody chose."""


class Elsewhere(Exception):
    """Where it leads lies outside of what we look at: nobody can say whether it is there."""


class Missing(Exception):
    """It leads nowhere. `rule`: in which way."""

    def __init__(self, rule: str, why: str) -> None:
        super().__init__(why)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Place:
    """A value of a file that was read."""

    paper: Paper
    steps: Steps
    value: Any


@dataclass
class Shelf:
    """The files of a tree, each read once."""

    tree: Tree
    papers: dict[str, Paper | Unreadable] = field(default_factory=dict)

    def get(self, path: str) -> Paper:
        """One file. Raises Unreadable."""
        if path not in self.papers:
            try:
                if self.tree.sizes[path] > FILE_MAX:
                    raise Unreadable(f"it is larger than {FILE_MAX >> 20} MiB")
                self.papers[path] = read(path, self.tree.read(path, FILE_MAX))
            except Unreadable as error:
                self.papers[path] = error
            except OSError as error:
                self.papers[path] = Unreadable(f"it cannot be opened: {error.strerror}")
        found = self.papers[path]
        if isinstance(found, Unreadable):
            raise found
        return found

    def find(self, paper: Paper, ref: str, *, hops: int = 0) -> Place:
        """Where a reference leads. Raises Elsewhere, Missing."""
        if hops > HOPS_MAX:
            raise Missing("reference-loop", "it leads on and on, or in a circle")
        where, _, fragment = ref.partition("#")
        target = self._file(paper, where) if where else paper
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            return self._anchor(target, fragment)
        return self._walked(target, fragment, hops)

    def end(self, paper: Paper, value: Any) -> Place:
        """The place that a value stands for: itself, or where its `$ref` leads in the end."""
        place, hops = Place(paper, (), value), 0
        while isinstance(place.value, dict) and isinstance(ref := place.value.get("$ref"), str):
            hops += 1
            place = self.find(place.paper, ref, hops=hops)
        return place

    def _file(self, paper: Paper, where: str) -> Paper:
        if _SCHEME.match(where) or len(where) > REF_MAX:
            raise Elsewhere("it leads to another host")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(paper.path), unquote(where)))
        if path.startswith(("../", "/")) or path == "..":
            raise Missing("reference-outside", f"{where[:80]!r} leads out of the tree")
        if path not in self.tree.sizes:
            if self.tree.elsewhere(path) or _base(paper):
                raise Elsewhere("what is there is not in this tree")
            raise Missing("missing-reference", f"there is no file {path[:120]!r}")
        if not path.lower().endswith(ENDS):
            raise Elsewhere("it is in another format")
        try:
            return self.get(path)
        except Unreadable as error:
            raise Missing("missing-reference", f"{path[:120]!r} cannot be read: {error}") from error

    def _anchor(self, paper: Paper, name: str) -> Place:
        for steps, value in nodes(paper.value):
            if isinstance(value, dict) and (
                name in (value.get("$anchor"), value.get("$dynamicAnchor"))
                or f"#{name}" in (value.get("$id"), value.get("id"))
            ):
                return Place(paper, steps, value)
        raise Missing("missing-reference", f"nothing has the anchor {name[:80]!r}")

    def _walked(self, paper: Paper, pointer: str, hops: int) -> Place:
        value, steps = paper.value, list[Step]()
        for raw in pointer.split("/")[1:]:
            name = raw.replace("~1", "/").replace("~0", "~")
            beyond = isinstance(value, dict) and name not in value and value.get("$ref")
            if isinstance(beyond, str):
                on = self.find(paper, beyond, hops=hops + 1)
                paper, value, steps = on.paper, on.value, list(on.steps)
            if not name and pointer == "/" and not (isinstance(value, dict) and name in value):
                break  # strictly a member without a name, and by most who write it meant as everything
            step: Step = int(name) if isinstance(value, list) and name.isdecimal() and len(name) < 9 else name
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                raise Missing(
                    "missing-reference", f"there is no {pointer[:160]!r} in {paper.path[:120]!r}"
                ) from None
            steps.append(step)
        return Place(paper, tuple(steps), value)


def _base(paper: Paper) -> bool:
    """Whether the document says that it is at home on another host, which its references are relative to."""
    value = paper.value
    told = (value.get("$id"), value.get("id"), value.get("$self")) if isinstance(value, dict) else ()
    return any(isinstance(one, str) and _SCHEME.match(one) for one in told)


def references(value: Any) -> Iterator[tuple[Steps, str]]:
    """Every `$ref` of a document with its place."""
    for steps, node in nodes(value):
        if isinstance(node, dict) and isinstance(ref := node.get("$ref"), str):
            yield (*steps, "$ref"), ref


def nodes(value: Any) -> Iterator[tuple[Steps, Any]]:
    """Every mapping and list that is no data, with its place. A value that aliases repeat comes once."""
    waiting: list[tuple[Steps, Any, bool]] = [((), value, False)]
    seen = set[int]()
    while waiting:
        steps, node, names = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, list):
            yield steps, node
            waiting += [((*steps, n), one, False) for n, one in _inner(enumerate(node))]
        elif isinstance(node, dict):
            if not names:
                yield steps, node
            for key, one in _inner(node.items()):
                if names or key not in _DATA:
                    waiting += _below(steps, key, one, names=names)


def _below(steps: Steps, key: str, value: Any, *, names: bool) -> Iterator[tuple[Steps, Any, bool]]:
    if names or key != "examples":
        yield (*steps, key), value, not names and key in _NAMES and isinstance(value, dict)
    elif isinstance(value, dict):  # of OpenAPI: each is told by name, or is a reference
        for name, one in value.items():
            if isinstance(one, dict) and "$ref" in one:
                yield (*steps, key, name), {"$ref": one["$ref"]}, False


def _inner(pairs: Any) -> Iterator[tuple[Any, Any]]:
    return ((key, one) for key, one in pairs if isinstance(one, dict | list))


def pointer(steps: Sequence[Step]) -> str:
    """A JSON pointer in which the place in a list is a star: what comes before may be added or taken away."""
    words = ("*" if isinstance(one, int) else one.replace("~", "~0").replace("/", "~1") for one in steps)
    return "".join(f"/{word}" for word in words)
