"""The import graph of a repository's Python files, from their syntax trees; nothing is imported. Pure."""

import ast
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache

Imported = tuple[tuple[str, int], ...]
"""Dotted names a file imports, each with the level of a relative import (0 for absolute)."""


@lru_cache(maxsize=20_000)
def imported(source: bytes) -> Imported:
    """What one file imports anywhere in it; a file that cannot be parsed imports nothing that we know of."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found: dict[tuple[str, int], None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update({(alias.name, 0): None for alias in node.names})
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found[(module, node.level)] = None
            found.update({(f"{module}.{alias.name}".lstrip("."), node.level): None for alias in node.names})
    return tuple(found)


def graph(sources: Mapping[str, bytes], roots: Sequence[str]) -> dict[str, set[str]]:
    """For every file, the files that import it. `roots`: directories on the import path, `""` for the top.

    Importing a package's module imports the `__init__.py` of every package on the way.
    """
    modules = _modules(sources, roots)
    importers: dict[str, set[str]] = {}
    for path, source in sources.items():
        for name, level in imported(source):
            for target in _targets(path, name, level, modules, sources):
                if target != path:
                    importers.setdefault(target, set()).add(path)
        if path.endswith("/__init__.py") and _parent_init(path) in sources:
            importers.setdefault(_parent_init(path), set()).add(path)
    return importers


def distances(changed: Collection[str], importers: Mapping[str, Collection[str]]) -> dict[str, int]:
    """Files that a change can reach, with the number of imports between; 0 for the changed ones."""
    found = dict.fromkeys(changed, 0)
    queue = deque(changed)
    while queue:
        here = queue.popleft()
        for importer in sorted(importers.get(here, ())):
            if importer not in found:
                found[importer] = found[here] + 1
                queue.append(importer)
    return found


def _modules(paths: Collection[str], roots: Sequence[str]) -> dict[str, str]:
    """Dotted name to path, for every root a file lies below; shorter names do not hide longer ones."""
    found: dict[str, str] = {}
    for path in sorted(paths):
        for root in roots:
            prefix = f"{root}/" if root else ""
            if path.startswith(prefix):
                dotted = path[len(prefix) :].removesuffix(".py").replace("/", ".")
                found.setdefault(dotted.removesuffix(".__init__"), path)
    return found


def _targets(
    path: str, name: str, level: int, modules: Mapping[str, str], sources: Collection[str]
) -> Iterator[str]:
    if level:
        folder = path.split("/")[:-1]
        base = folder[: len(folder) - (level - 1)] if level > 1 else folder
        parts = [*base, *(part for part in name.split(".") if part)]
        for size in range(len(base), len(parts) + 1):
            for candidate in ("/".join(parts[:size]) + ".py", "/".join((*parts[:size], "__init__.py"))):
                if candidate in sources:
                    yield candidate
        return
    parts = name.split(".")
    for size in range(1, len(parts) + 1):
        if target := modules.get(".".join(parts[:size])):
            yield target
    # Test folders put themselves on the import path: a plain name may be a neighbour.
    neighbour = "/".join((*path.split("/")[:-1], f"{parts[0]}.py"))
    if neighbour in sources:
        yield neighbour


def _parent_init(path: str) -> str:
    return "/".join((*path.split("/")[:-2], "__init__.py")).lstrip("/")
