"""Small faults put into a file on purpose, drawn by a seed: to measure what finds them. Pure.

The operators are those that mutation testing has used since King and Offutt (A Fortran language system for
mutation-based software testing, 1991): relations, arithmetic, logic, constants, results, statements.
"""

import ast
import hashlib
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from types import CodeType
from typing import Final

_COMPARED: Final = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==", ast.Is: "is not",
    ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
_COMBINED: Final = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.Div: "*", ast.FloorDiv: "*", ast.Mod: "*", ast.BitOr: "&",
    ast.BitAnd: "|", ast.LShift: ">>", ast.RShift: "<<",
}  # fmt: skip
_SILENT: Final = ("annotation", "returns", "decorator_list", "type_params", "msg")
"""Parts of code that decide nothing, or nothing a test should hold: annotations, words of assertions."""
_TALK: Final = frozenset({"log", "logger", "logging", "print", "warn", "warnings"})
_SIZES: Final = re.compile(r"\b(timeout|maxsize|stacklevel|buffering|bufsize|chunk_?size|indent)\b")
_ORDERED: Final = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault in a file: the bytes between `first` and `last` become `new`; `what` tells the change.

    `statement`: first and last line of the statement it is in, without the blocks in that. `key`: names it
    by its function, so that it is known again when the file around it has changed.
    """

    path: str
    line: int
    first: int
    last: int
    new: str
    what: str
    statement: tuple[int, int] = (0, 0)
    key: str = ""

    def applied(self, source: bytes) -> bytes:
        """The file with the fault."""
        return source[: self.first] + self.new.encode() + source[self.last :]

    def lines(self) -> range:
        """Of its statement."""
        return range(self.statement[0], self.statement[1] + 1)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node is: in which function or class, in a function at all, in which statement."""

    scope: str
    called: bool
    statement: tuple[int, int]


def mutants(path: str, source: bytes) -> list[Mutant]:
    """Every fault that is known for a file, in the order of its lines; none for what is not Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    ends = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
    seen: Counter[tuple[str, str]] = Counter()
    made = []
    places = _nodes(tree, _Place("", False, (0, 0)))
    for (at, new), place in ((fault, there) for node, there in places for fault in _faults(node, there)):
        first = ends[at.lineno - 1] + at.col_offset
        last = ends[(at.end_lineno or at.lineno) - 1] + (at.end_col_offset or 0)
        old = source[first:last].decode("utf-8", "replace")
        what = f"{old[:60]} -> {new[:60]}"
        seen[place.scope, what] += 1
        key = f"{path}|{place.scope}|{what}|{seen[place.scope, what]}"
        made.append(Mutant(path, at.lineno, first, last, new, what, place.statement, key))
    return sorted(made, key=lambda one: (one.line, one.first, one.what))


def drawn(sources: Mapping[str, bytes], count: int, seed: int, *, of_a_line: int = 1) -> list[Mutant]:
    """So many mutants of some files, at most so many of a line, all of which can tell something."""
    every = (one for path in sorted(sources) for one in mutants(path, sources[path]))
    return picked(every, sources, count, seed, of_a_line=of_a_line)


def picked(
    some: Iterable[Mutant], sources: Mapping[str, bytes], count: int, seed: int, *, of_a_line: int = 1
) -> list[Mutant]:
    """So many of these, each as likely as any other, at most so many of a line.

    The order is that of a hash of seed and key: another version of a file has the same mutants drawn wherever
    it is the same, so that two versions can be compared pair by pair.
    """
    found: list[Mutant] = []
    lines: Counter[tuple[str, int]] = Counter()
    for one in sorted(some, key=lambda one: rank(one, seed)):
        if len(found) >= count:
            break
        if lines[one.path, one.line] < of_a_line and tells(one, sources[one.path]):
            lines[one.path, one.line] += 1
            found.append(one)
    return found


def rank(mutant: Mutant, seed: int) -> float:
    """Its place between 0 and 1 in the draw of a seed."""
    return int(hashlib.sha256(f"{seed}|{mutant.key}".encode()).hexdigest()[:13], 16) / 16**13


def tells(mutant: Mutant, source: bytes) -> bool:
    """Whether it is Python and compiles to other code: what compiles to the same is the same program, as M.
    Papadakis and others have it, Trivial compiler equivalence (ICSE 2015).
    """
    code = _code(mutant.applied(source))
    return code is not None and code != _code(source)


@lru_cache(maxsize=64)
def _code(source: bytes) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _plain(compile(source, "", "exec", dont_inherit=True))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _plain(code: CodeType) -> object:
    """Compiled code without places in the file."""
    parts = [_plain(one) if isinstance(one, CodeType) else (type(one), repr(one)) for one in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, code.co_flags, tuple(parts)


def _nodes(tree: ast.AST, place: _Place) -> Iterator[tuple[ast.AST, _Place]]:
    """All nodes that can hold a fault. Not formatted strings, whose places are not exact, and not what no
    test should hold: see `_idle`.
    """
    for name, value in ast.iter_fields(tree):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or name in _SILENT or isinstance(child, ast.JoinedStr):
                continue
            if _idle(child) or (isinstance(tree, ast.Raise) and name == "exc"):
                continue
            there = _inside(child, place)
            yield child, there
            yield from _nodes(child, there)


def _inside(node: ast.AST, place: _Place) -> _Place:
    if not isinstance(node, ast.stmt):
        return place
    body = getattr(node, "body", None)
    last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
    here = (node.lineno, max(node.lineno, last))
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        called = isinstance(node, _FUNCTIONS)
        return _Place(f"{place.scope}.{node.name}".lstrip("."), called, here)
    return replace(place, statement=here)


def _idle(node: ast.AST) -> bool:
    """Code that tests are right not to hold: what is printed or logged, `__repr__`, names like `__all__`,
    and what runs for type checkers or as a program only.
    """
    if isinstance(node, _FUNCTIONS):
        return node.name == "__repr__"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        words = ast.unparse(node.value.func).lower().split(".")
        return words[0].strip("_") in _TALK or words[:2] in (["self", "log"], ["self", "logger"])
    if isinstance(node, ast.Assign):
        return all(isinstance(one, ast.Name) and one.id.startswith("__") for one in node.targets)
    if isinstance(node, ast.If):
        return ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING", "__name__ == '__main__'")
    return False


def _faults(node: ast.AST, place: _Place) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Pieces of code, each with what to write in its place."""
    if isinstance(node, ast.expr):
        yield from _of_expression(node)
    elif isinstance(node, ast.If | ast.While):
        yield node.test, f"(not ({ast.unparse(node.test)}))"
    elif isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
        yield node.value, "None"
    elif (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)) or isinstance(node, ast.Raise):
        yield node, "pass"
    elif isinstance(node, ast.Break | ast.Continue):
        yield node, "continue" if isinstance(node, ast.Break) else "break"
    elif isinstance(node, ast.AugAssign):
        yield node, f"{ast.unparse(node.target)} = {ast.unparse(node.value)}"
    elif isinstance(node, ast.Assign) and place.called and ast.unparse(node.value) != "None":
        yield node.value, "None"


def _of_expression(node: ast.expr) -> Iterator[tuple[ast.expr, str]]:
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
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, str(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield node, repr(node.value + 1)


def _text(node: ast.BinOp) -> bool:
    """Whether it plainly works on strings, where another operator only breaks it."""
    return any(
        isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (node.left, node.right)
    )


def suspect(mutant: Mutant, source: bytes) -> str:
    """Why a mutant may well do the same as the code itself, so that no test can tell; empty mostly."""
    text = source.decode("utf-8", "replace").splitlines()
    line = text[mutant.line - 1] if mutant.line <= len(text) else ""
    if _SIZES.search(line) and mutant.new.lstrip("-").replace(".", "", 1).isdigit():
        return "a size, a depth or a time that often may be another"
    bounds = [
        ast.unparse(one.test)
        for one in ast.walk(ast.parse(source))
        if isinstance(one, ast.If) and one.lineno == mutant.line and _takes_the_larger(one)
    ]
    old = source[mutant.first : mutant.last].decode("utf-8", "replace")
    same = old in bounds and not mutant.new.startswith("(not")
    return "at the bound both values are the same" if same else ""


def _takes_the_larger(node: ast.If) -> bool:
    """`if a < b: a = b`, or the like."""
    test, body = node.test, node.body
    if not (isinstance(test, ast.Compare) and isinstance(test.ops[0], _ORDERED) and len(body) == 1):
        return False
    one = body[0]
    if not (isinstance(one, ast.Assign) and len(one.targets) == 1):
        return False
    sides = {ast.unparse(test.left), *map(ast.unparse, test.comparators)}
    return sides == {ast.unparse(one.targets[0]), ast.unparse(one.value)}
