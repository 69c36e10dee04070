"""Replacements in code that outlive the test they stand in, so that every later test meets them. Pure."""

import ast
from collections.abc import Collection, Iterator
from typing import Final

from windlass.verify.asserted import last_name

RUNNERS: Final = frozenset({"builtins", "unittest", "pytest", "_pytest", "pluggy"})
"""What runs tests; the product has nothing to change there."""
_FREE: Final = frozenset({"os"})
"""The environment is often set for all tests, and tests of it say so."""

_PATCHES: Final = frozenset({"setattr", "patch", "object", "create_autospec"})


def imported(module: ast.Module) -> frozenset[str]:
    """Names that imports bind, anywhere in a file."""
    found = (node for node in ast.walk(module) if isinstance(node, ast.Import | ast.ImportFrom))
    names = (alias.asname or alias.name.partition(".")[0] for node in found for alias in node.names)
    return frozenset(names)


def lasting(node: ast.AST, names: Collection[str]) -> Iterator[tuple[int, str]]:
    """Line and target of everything under `names` that is set and not set back."""
    for each in ast.walk(node):
        if isinstance(each, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            yield from ((each.lineno, ast.unparse(one)) for one in targets if _reaches(one, names))
        elif isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "setattr":
            if each.args and _root(each.args[0]) in names:
                yield each.lineno, ast.unparse(each.args[0])
        elif isinstance(each, ast.Call) and last_name(each.func) == "start":
            yield from ((each.lineno, target) for target in sorted(patched(each.func)))
        elif isinstance(each, ast.Call) and last_name(each.func) == "MonkeyPatch":
            yield from ((each.lineno, target) for target in sorted(patched(node)))


def _reaches(target: ast.expr, names: Collection[str]) -> bool:
    """Whether a target is an attribute of something imported, or an entry of `sys.modules`."""
    if isinstance(target, ast.Subscript):
        return ast.unparse(target.value) == "sys.modules"
    return isinstance(target, ast.Attribute) and _root(target) in set(names) - _FREE


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def patched(node: ast.AST) -> frozenset[str]:
    """The last part of every name that this code replaces at run time, by a patch of some kind."""
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call) and last_name(each) in _PATCHES]
    words = [each.value for call in calls for each in call.args[:2] if isinstance(each, ast.Constant)]
    return frozenset(word.rpartition(".")[2] for word in words if isinstance(word, str))
