"""A Python file as functions and the rest, by content: where two versions of it differ. Pure.

Comments, blank lines and places in the file count for nothing.
"""

import ast
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS: Final = (ast.stmt, ast.excepthandler, ast.match_case)
_NAMES: Final = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)


@dataclass(slots=True)
class Function:
    """`statements`: a digest of each, the first of the arguments. `lines`: each line with the statement it
    belongs to. `shape`: how the statements lie in each other and which names they bind.
    """

    statements: list[str] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)
    shape: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Units:
    """`functions` by qualified name, methods too, with all that is written inside of them. `rest`: digest of
    what runs when the file is imported: everything but bodies and arguments of functions.
    """

    functions: dict[str, Function]
    rest: str


@dataclass(frozen=True, slots=True)
class Touched:
    """Lines of the old version that a change can be felt at; `around`: all lines of the functions they are
    in, by function. `rest`: it is felt wherever the file is imported.
    """

    lines: frozenset[int]
    around: tuple[frozenset[int], ...]
    rest: bool


@lru_cache(maxsize=2_000)
def units(source: bytes) -> Units | None:
    """None for what cannot be read as Python."""
    try:
        tree = ast.parse(source)
        found: dict[str, Function] = {}
        rest = "\n".join(_outside(tree.body, "", found, 0))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return Units(found, _digest(rest))


def touched(before: Units, after: Units) -> Touched:
    """Where a change of a file is felt, in lines of its old version.

    A function whose statements keep their places, kinds and names is touched at those that differ; any other
    changed function as a whole.
    """
    lines: set[int] = set()
    around = []
    for name, old in before.functions.items():
        new = after.functions.get(name)
        if new is not None and new.statements == old.statements and new.shape == old.shape:
            continue
        there = frozenset(old.lines)
        around.append(there)
        if new is None or new.shape != old.shape:
            lines |= there
            continue
        pairs = zip(old.statements, new.statements, strict=True)
        differ = {number for number, (one, other) in enumerate(pairs) if one != other}
        lines |= {line for line, number in old.lines.items() if number in differ}
    return Touched(frozenset(lines), tuple(around), before.rest != after.rest)


def _outside(body: Sequence[ast.AST], prefix: str, found: dict[str, Function], depth: int) -> Iterator[str]:
    """Everything outside of functions as text, while `found` gathers the functions."""
    for node in body:
        if isinstance(node, _FUNCTIONS):
            name = f"{prefix}{node.name}"
            while name in found:  # a property's setter, another branch
                name += "'"
            found[name] = _function(node)
            yield f"{depth} def {name} {ast.dump(_naked(node))} {_kind(node)}"
            continue
        yield f"{depth} {_header(node)}"
        inner = f"{prefix}{node.name}." if isinstance(node, ast.ClassDef) else prefix
        for block in _blocks(node):
            yield from _outside(block, inner, found, depth + 1)


def _naked(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
    """What of a function is seen without calling it: decorators, annotations, docstring; not its defaults."""
    every = [
        *node.args.posonlyargs,
        *node.args.args,
        *node.args.kwonlyargs,
        node.args.vararg,
        node.args.kwarg,
    ]
    words = [
        *(one.annotation for one in every if one and one.annotation),
        *([node.returns] if node.returns else []),
    ]
    doc = ast.get_docstring(node, clean=False)
    return ast.List([*node.decorator_list, *words, *([ast.Constant(doc)] if doc else [])])


def _kind(node: ast.AST) -> str:
    """Whether calling it runs it, or makes a generator or coroutine."""
    own = {type(each).__name__ for each in ast.walk(node) if isinstance(each, ast.Yield | ast.YieldFrom)}
    return f"{type(node).__name__} {sorted(own)}"


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    made = Function()
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    made.statements.append(_digest(ast.dump(node.args)))
    made.lines.update(dict.fromkeys(range(first, (node.end_lineno or first) + 1), 0))
    bound = {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)
    }
    made.shape.append(
        f"{sorted(each.arg for each in ast.walk(node) if isinstance(each, ast.arg))} {sorted(bound)}"
    )
    _inside(node.body, made, 1)
    return made


def _inside(body: Sequence[ast.AST], made: Function, depth: int) -> None:
    for node in body:
        number = len(made.statements)
        made.statements.append(_digest(_header(node)))
        names = isinstance(node, _NAMES) or getattr(node, "name", None) is not None
        made.shape.append(f"{depth} {_header(node) if names else type(node).__name__}")
        place = _place(node)
        made.lines.update(dict.fromkeys(place, number))
        for block in _blocks(node):
            made.shape.append(f"{depth} (")
            _inside(block, made, depth + 1)


def _place(node: ast.AST) -> range:
    if isinstance(node, ast.match_case):
        first, last = node.pattern.lineno, node.body[-1].end_lineno
    else:
        first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        first = min([first, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    return range(first, (last or first) + 1)


def _blocks(node: ast.AST) -> Iterator[list[ast.AST]]:
    """The blocks of statements, handlers and cases in a statement, empty ones too."""
    for _, value in ast.iter_fields(node):
        if isinstance(value, list) and (not value or isinstance(value[0], _BLOCKS)):
            yield value


def _header(node: ast.AST) -> str:
    """A statement without the blocks in it."""
    told = [type(node).__name__]
    for name, value in ast.iter_fields(node):
        if isinstance(value, list) and value and isinstance(value[0], _BLOCKS):
            continue
        told.append(f"{name}={_text(value)}")
    return " ".join(told)


def _text(value: object) -> str:
    if isinstance(value, ast.AST):
        return ast.dump(value)
    return f"[{', '.join(map(_text, value))}]" if isinstance(value, list) else repr(value)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
