"""Look at the contracts of a tree: OpenAPI, Swagger, AsyncAPI and JSON Schema."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from windlass.papers import examples, holding, operations
from windlass.papers.forked import each
from windlass.papers.kinds import DRAFTS, HEAD_MAX, kind_of, likely, sure
from windlass.papers.references import ENDS, FILE_MAX, Elsewhere, Missing, Shelf, nodes, pointer, references
from windlass.papers.text import Paper, Steps, Unreadable
from windlass.papers.told import Fault, Told
from windlass.papers.walk import Tree, chosen

FILES_MAX: Final = 20_000
CONTRACTS_MAX: Final = 1_000
EACH_S: Final = 8.0
ALL_S: Final = 40.0
FAULTS_MAX: Final = 1_000
"""Faults of one document; what is more is said to be there."""
REACHED_MAX: Final = 300
"""Files that one document may be spread over."""
_TWICE: Final = "the key stands there twice"
_CUT: Final = f"more than {FAULTS_MAX} faults, the rest is not told"
RULES, EXAMPLES = "rules", "examples"


def look(tree: Tree, leave_out: Sequence[str]) -> Told:
    """Every contract of a tree, each in two steps, so that an endless example hides no other fault."""
    began, shelf = time.monotonic(), Shelf(tree)
    found, large, unread = _contracts(tree, leave_out)
    items = [f"{step} {path}" for step in (RULES, EXAMPLES) for path in found]
    kinds, notes = Counter[str](), set[str]()
    faults: dict[tuple[object, ...], Fault] = {(one.path,): one for one in large}
    looking = _Look(shelf)
    for answer in each(items, looking.work, each_s=EACH_S, until=began + ALL_S):
        step, _, path = answer.item.partition(" ")
        told = answer.value if isinstance(answer.value, dict) else {}
        what = path if step == RULES else f"examples of {path}"
        if answer.late:
            unread.append(f"{what}: {answer.problem}")
        elif answer.problem:
            faults[path, step] = Fault(path, "unread", step, 0, answer.problem, step == RULES)
        if step == RULES and told.get("kind"):
            kinds[str(told["kind"]).lstrip("?")] += 1
        for one in told.get("faults", ()):
            fault = Fault(*one)
            faults[fault.key, fault.line] = fault
        notes |= set(told.get("notes", ()))
    names = [f"{count} {kind}" for kind, count in sorted(kinds.items())]
    every = sorted(faults.values(), key=lambda one: (not one.grave, one.path, one.line, one.key))
    return Told(kinds.total(), every, unread, [*names, *sorted(notes)])


def _contracts(tree: Tree, leave_out: Sequence[str]) -> tuple[list[str], list[Fault], list[str]]:
    """Paths that may be contracts, those nobody can look at, and why others are not looked at."""
    paths, unread, found = chosen(tree.sizes, ENDS, leave_out), list[str](), list[str]()
    faults: list[Fault] = []
    if len(paths) > FILES_MAX:
        unread.append(f"{len(paths)} files of YAML and JSON are more than {FILES_MAX}")
    for path in paths[:FILES_MAX]:
        large = tree.sizes[path] > FILE_MAX
        try:
            content = tree.read(path, HEAD_MAX if large else FILE_MAX)
        except OSError as error:
            faults.append(Fault(path, "unread", "", 0, f"it cannot be opened: {error.strerror}"))
            continue
        if large and sure(content):
            faults.append(Fault(path, "unread", "", 0, f"it is larger than {FILE_MAX >> 20} MiB"))
        elif not large and likely(content):
            found.append(path)
    if len(found) > CONTRACTS_MAX:
        unread.append(f"{len(found)} contracts are more than {CONTRACTS_MAX}")
    return found[:CONTRACTS_MAX], faults, unread


@dataclass
class _Look:
    shelf: Shelf
    kinds: dict[str, str] = field(default_factory=dict)

    def work(self, item: str) -> dict[str, Any]:
        """One step of one file, as plain values."""
        step, _, path = item.partition(" ")
        try:
            paper = self.shelf.get(path)
        except Unreadable as error:
            broken = step == RULES and sure(self.shelf.tree.read(path, HEAD_MAX))
            fault = (path, "unreadable", "", error.line, str(error), True)
            return {"kind": "unreadable", "faults": [fault]} if broken else {}
        kind = kind_of(paper.value)
        if not kind or kind.startswith("?"):
            why = (path, "unread", kind[1:], 1, f"of {kind[1:]} nothing is known here", True)
            return {"kind": kind, "faults": [why] if kind else []}
        made = _rules(self.shelf, paper, kind) if step == RULES else _examples(self.shelf, paper, kind)
        faults, notes = list[tuple[str, str, str, int, str, bool]](), list[str]()
        for one in made:
            if isinstance(one, str):
                notes.append(one)
            elif len(faults) < FAULTS_MAX:
                faults.append((one.path, one.rule, one.at, one.line, one.text, one.grave))
            else:
                faults.append((path, "unread", step, 0, _CUT, True))
                break
        return {"kind": kind, "faults": faults, "notes": notes}


def _rules(shelf: Shelf, paper: Paper, kind: str) -> Iterator[Fault | str]:
    for steps, line in paper.twice:
        yield Fault(
            paper.path,
            "duplicate-key",
            pointer(steps),
            line or paper.line(steps),
            _TWICE,
        )
    rule = "invalid-schema" if kind in DRAFTS.values() else "meta-schema"
    for steps, why in holding.against(kind, paper.value):
        yield _fault(paper, rule, steps, why)
    yield from _referred(shelf, paper)
    if kind in DRAFTS.values():
        return
    yield from _schemas(paper, kind)
    for name, at, where, steps, why in operations.faults(shelf, paper, kind):
        yield Fault(where.path, name, at, where.line(steps), why)


def _referred(shelf: Shelf, paper: Paper) -> Iterator[Fault | str]:
    """References of a document, and of the files that it is spread over."""
    done, waiting, left = {paper.path}, [paper], 0
    while waiting:
        one = waiting.pop()
        for steps, ref in references(one.value):
            try:
                place = shelf.find(one, ref)
                shelf.end(place.paper, place.value)
            except Elsewhere:
                left += 1
            except Missing as error:
                yield Fault(one.path, error.rule, ref, one.line(steps), f"{ref[:120]}: {error}")
            else:
                if place.paper.path not in done and len(done) < REACHED_MAX:
                    done.add(place.paper.path)
                    waiting.append(place.paper)
    if left:
        yield f"{paper.path}: {left} references lead out of the tree and were not followed"


def _schemas(paper: Paper, kind: str) -> Iterator[Fault]:
    """Schemas in a document whose meta-schema leaves them to their dialect."""
    dialect = paper.value.get("jsonSchemaDialect") if isinstance(paper.value, Mapping) else None
    if kind not in ("openapi-3.1", "openapi-3.2") or dialect not in (
        None,
        "https://spec.openapis.org/oas/3.1/dialect/base",
    ):
        return
    for steps, node in nodes(paper.value):
        if not isinstance(node, dict):
            continue
        below: list[Steps] = [("schema",)]
        if steps == ("components",) and isinstance(node.get("schemas"), dict):
            below += [("schemas", name) for name in node["schemas"]]
        for more in below:
            schema: Any = node
            for step in more:
                schema = schema.get(step) if isinstance(schema, dict) else None
            if isinstance(schema, dict) and "$schema" not in schema:
                for inner, why in holding.against("draft-2020-12", schema):
                    yield _fault(paper, "invalid-schema", (*steps, *more, *inner), why)


def _examples(shelf: Shelf, paper: Paper, kind: str) -> Iterator[Fault]:
    for steps, why in examples.misfits(shelf, paper, kind):
        yield Fault(paper.path, "example", pointer(steps), paper.line(steps), why, False)


def _fault(paper: Paper, rule: str, steps: Steps, why: str) -> Fault:
    return Fault(paper.path, rule, pointer(steps), paper.line(steps), f"{pointer(steps)[-80:]}: {why}")
