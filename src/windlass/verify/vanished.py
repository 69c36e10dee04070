"""Which names of the product a change moved, renamed or deleted, so that old tests cannot find them. Pure."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

from windlass.verify.testcode import TestCode, parsed

SIMILAR: Final = 0.6
"""Share of equal text from which on a new definition is an old one under a new name."""
SHORT: Final = 80
"""Characters of a definition below which only the very same text counts: short ones are all alike."""
BODY_MAX: Final = 1_000
"""Characters of a definition that are compared."""
PAIRS_MAX: Final = 500
"""Definitions compared with each other; beyond that nothing is taken for deleted."""


@dataclass(frozen=True, slots=True)
class Vanished:
    """`deleted`: gone for good. `gone`: those and what has another name now. `names`: those and what was
    moved. `modules`: dotted endings of files that are gone. `places`: (module, name) pairs that cannot be
    imported any more.
    """

    deleted: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()
    places: frozenset[tuple[str, str]] = frozenset()

    def blinds(self, code: TestCode) -> bool:
        """Whether a file of the base cannot even be imported after the change."""
        return any(
            any(_ends(module, gone) for gone in self.modules)
            or any(_ends(module, gone) and name == lost for gone, lost in self.places)
            or any(_ends(f"{module}.{name}", gone) for gone in self.modules)
            for module, name in code.imports
        )


@dataclass(slots=True)
class _Names:
    """`texts`: the bodies of functions and classes. `every`: they, methods, values and imports."""

    texts: dict[str, str] = field(default_factory=dict)
    every: set[str] = field(default_factory=set)


def vanished(before: Mapping[str, str], after: Mapping[str, str]) -> Vanished:
    """Compare the changed files of the product, by path, before and after."""
    old = {path: _names(text) for path, text in before.items() if path.endswith(".py")}
    new = {path: _names(text) for path, text in after.items() if path.endswith(".py")}
    lost = {
        path: names.every - new[path].every if path in new else names.every for path, names in old.items()
    }
    names = frozenset(name for some in lost.values() for name in some)
    still = {name for found in new.values() for name in found.every}
    modules = frozenset(_module(path) for path in old if path not in new)
    places = frozenset((_module(path), name) for path, some in lost.items() for name in some)
    return Vanished(frozenset(_deleted(old, new, names - still)), names - still, names, modules, places)


def _deleted(old: Mapping[str, _Names], new: Mapping[str, _Names], lost: frozenset[str]) -> Iterator[str]:
    known = {name for found in old.values() for name in found.every}
    added = [text for found in new.values() for name, text in found.texts.items() if name not in known]
    bodies = {name: text for found in old.values() for name, text in found.texts.items() if name in lost}
    if len(bodies) * len(added) > PAIRS_MAX:
        return
    for name in lost:
        if name not in bodies or not any(_similar(bodies[name], text) for text in added):
            yield name


def _similar(one: str, other: str) -> bool:
    if min(len(one), len(other)) < SHORT:
        return one == other
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() > SIMILAR and matcher.ratio() > SIMILAR


def _names(text: str) -> _Names:
    found = _Names()
    module = parsed(text)
    for node in module.body if module else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.texts[node.name] = "\n".join(map(ast.unparse, node.body))[:BODY_MAX]
        for inner in ast.walk(node) if isinstance(node, ast.ClassDef) else [node]:
            found.every.update(_bound(inner))
    return found


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _ends(module: str, path: str) -> bool:
    """Whether an imported module is the file with this dotted path, whatever folder the sources lie in."""
    return module == path or path.endswith(f".{module}")
