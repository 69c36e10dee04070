"""Small faults put into a file on purpose, drawn by a seed: to measure what finds them. Pure.

The operators are those that mutation testing has used since King and Offutt (A Fortran language system for
mutation-based software testing, 1991): relations, arithmetic, logic, constants, results, statements.
"""

import ast
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

_COMPARED: Final = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==", ast.Is: "is not",
    ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
_COMBINED: Final = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.Div: "*", ast.FloorDiv: "*", ast.Mod: "*", ast.BitOr: "&",
    ast.BitAnd: "|", ast.LShift: ">>", ast.RShift: "<<",
}  # fmt: skip
_SILENT: Final = ("annotation", "returns")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault in a file: the bytes between `first` and `last` become `new`; `what` tells the change."""

    path: str
    line: int
    first: int
    last: int
    new: str
    what: str

    def applied(self, source: bytes) -> bytes:
        """The file with the fault."""
        return source[: self.first] + self.new.encode() + source[self.last :]


def mutants(path: str, source: bytes) -> list[Mutant]:
    """Every fault that is known for a file, in the order of its lines; none for what is not Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    ends = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
    made = []
    for at, new in (fault for node in _nodes(tree) for fault in _faults(node)):
        first = ends[at.lineno - 1] + at.col_offset
        last = ends[(at.end_lineno or at.lineno) - 1] + (at.end_col_offset or 0)
        old = source[first:last].decode("utf-8", "replace")
        made.append(Mutant(path, at.lineno, first, last, new, f"{old[:60]} -> {new[:60]}"))
    return sorted(made, key=lambda one: (one.line, one.first, one.what))


def drawn(sources: Mapping[str, bytes], count: int, seed: int) -> list[Mutant]:
    """So many mutants of some files, at most one of a line, all Python; always the same for a seed."""
    order = [one for path in sorted(sources) for one in mutants(path, sources[path])]
    random.Random(seed).shuffle(order)  # noqa: S311 - a sample, not a secret
    found: dict[tuple[str, int], Mutant] = {}
    for one in order:
        if len(found) >= count:
            break
        if (one.path, one.line) not in found and _parses(one.applied(sources[one.path])):
            found[one.path, one.line] = one
    return list(found.values())


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but annotations, which decide nothing, and formatted strings, whose places are not exact."""
    for name, value in ast.iter_fields(tree):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and name not in _SILENT and not isinstance(child, ast.JoinedStr):
                yield child
                yield from _nodes(child)


def _faults(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Pieces of code, each with what to write in its place."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
        yield node, f"({left} {_COMPARED[type(node.ops[0])]} {right})"
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMBINED and not _text(node):
        yield node, f"({ast.unparse(node.left)} {_COMBINED[type(node.op)]} {ast.unparse(node.right)})"
    elif isinstance(node, ast.BoolOp):
        word = " or " if isinstance(node.op, ast.And) else " and "
        yield node, f"({word.join(f'({ast.unparse(value)})' for value in node.values)})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
        yield node, str(not node.value) if isinstance(node.value, bool) else str(node.value + 1)
    elif isinstance(node, ast.If | ast.While):
        yield node.test, f"(not ({ast.unparse(node.test)}))"
    elif isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
        yield node.value, "None"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield node, "pass"
    elif isinstance(node, ast.AugAssign):
        yield node, f"{ast.unparse(node.target)} = {ast.unparse(node.value)}"


def _text(node: ast.BinOp) -> bool:
    """Whether it plainly works on strings, where another operator only breaks it."""
    return any(
        isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (node.left, node.right)
    )


def _parses(source: bytes) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
