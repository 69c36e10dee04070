"""Steps that build upon each other: where two of them end, where one leads to nothing, where they go round.

Pure. What is in here was written by whoever wrote the repository: every walk is bounded by the steps there
are.
"""

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

TEXT_MAX: Final = 160
NAMES_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `about`: what tells it from others of its rule in the file, empty for one of
    its kind. `line` counts from 1; 0: of the whole file.
    """

    path: str
    rule: str
    text: str
    line: int = 0
    about: str = ""

    @property
    def key(self) -> str:
        return f"{self.path}|{self.rule} {self.about}".rstrip()


@dataclass(frozen=True, slots=True)
class Step:
    """A migration. `parents`: names of those it builds upon. `branches`: what it says that it is part of.
    `bare`: it says of no way back. `line`: where its parents are named.
    """

    name: str
    path: str
    parents: tuple[str, ...] = ()
    branches: frozenset[str] = frozenset()
    bare: bool = False
    line: int = 0


def ends(steps: Mapping[str, Step]) -> list[str]:
    """Those that nothing builds upon, sorted."""
    followed = {parent for step in steps.values() for parent in step.parents}
    return sorted(steps.keys() - followed)


def before(steps: Mapping[str, Step], name: str) -> frozenset[str]:
    """A step and all that it builds upon."""
    found, left = {name}, [name]
    while left:
        new = {parent for parent in steps[left.pop()].parents if parent in steps} - found
        found |= new
        left += new
    return frozenset(found)


def rounds(steps: Mapping[str, Step]) -> list[list[str]]:
    """Groups of steps that build upon each other in a circle, each sorted; what only leads there is none."""
    left, found = _tangled(turned(_tangled(steps))), list[list[str]]()
    while left:
        name = min(left)
        circle = sorted(before(left, name) & before(turned(left), name))
        found += [circle] if len(circle) > 1 or name in left[name].parents else []
        left = {one: step for one, step in left.items() if one not in circle}
    return found


def _tangled(steps: Mapping[str, Step]) -> dict[str, Step]:
    """What is left when steps are taken away that build upon nothing, one after the other."""
    after = turned(steps)
    counts = {name: len(set(step.parents) & steps.keys()) for name, step in steps.items()}
    free = [name for name, count in counts.items() if not count]
    left = dict(steps)
    while free:
        name = free.pop()
        del left[name]
        for child in after[name].parents:
            counts[child] -= 1
            free += [] if counts[child] else [child]
    return left


def turned(steps: Mapping[str, Step]) -> dict[str, Step]:
    """The same with every arrow turned round."""
    after: dict[str, list[str]] = {name: [] for name in steps}
    for name, step in steps.items():
        for parent in set(step.parents) & steps.keys():
            after[parent].append(name)
    return {name: Step(name, steps[name].path, tuple(after[name])) for name in steps}


def circles(steps: Mapping[str, Step]) -> Iterator[Fault]:
    """A fault for each circle, at its first step."""
    for names in rounds(steps):
        first = steps[names[0]]
        yield Fault(first.path, "cycle", f"these build upon each other: {listed(names)}", first.line)


def twice(names: Sequence[str]) -> list[str]:
    """Those that are there more than once."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


def listed(names: Collection[str]) -> str:
    """Names for a person, not all of many."""
    shown = sorted(names)[:NAMES_MAX]
    more = f", and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
    return ", ".join(name[:TEXT_MAX] for name in shown) + more


def assigned(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Names that a statement gives a value, with a type beside them or without."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    yield from ((one.id, value) for one in targets if isinstance(one, ast.Name) and value is not None)
