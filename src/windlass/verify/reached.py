"""Which statements of a function can run, and whether a failure in them ends it. Pure."""

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from windlass.verify.asserted import last_name

_CATCHES: Final = frozenset({"AssertionError", "Exception", "BaseException", ""})
_LEAVES: Final = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def reached(
    body: Iterable[ast.stmt], *, swallowed: bool = False, guarded: bool = False
) -> Iterator[tuple[ast.stmt, bool, bool]]:
    """Statements that can run, each with whether its failure is caught and whether it is conditional."""
    for statement in body:
        yield statement, swallowed, guarded
        for inner, caught, maybe in _blocks(statement):
            yield from reached(inner, swallowed=swallowed or caught, guarded=guarded or maybe)
        if isinstance(statement, _LEAVES):
            return
        if isinstance(statement, ast.If) and statement.body and isinstance(statement.body[-1], ast.Return):
            if constant(statement.test) is True:
                return
            guarded = True


def _blocks(statement: ast.stmt) -> Iterator[tuple[list[ast.stmt], bool, bool]]:
    """The blocks in a statement that can run: (statements, failures are caught, conditional)."""
    if isinstance(statement, ast.If | ast.While):
        known = constant(statement.test)
        if known is not False:
            yield statement.body, False, known is None and isinstance(statement, ast.If)
        if known is not True:
            yield statement.orelse, False, known is None
    elif isinstance(statement, ast.For | ast.AsyncFor):
        if not (isinstance(statement.iter, ast.List | ast.Tuple) and not statement.iter.elts):
            yield statement.body, False, False
    elif isinstance(statement, ast.With | ast.AsyncWith):
        yield statement.body, any(_stops(item.context_expr) for item in statement.items), False
    elif isinstance(statement, ast.Try):
        caught = any(_swallows(handler) for handler in statement.handlers)
        yield statement.body, caught, False
        yield from ((handler.body, False, True) for handler in statement.handlers)
        yield statement.orelse, False, False
        yield statement.finalbody, False, False


def _stops(context: ast.expr) -> bool:
    """Whether `with` this a failed assertion ends nothing, or is even what is expected."""
    caught = {last_name(each) for each in ast.walk(context)}
    return "suppress" in caught or bool(caught & {"raises", "assertRaises"} and caught & _CATCHES - {""})


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Whether an `except` catches a failed assertion and lets the test go on."""
    caught = {last_name(node) for node in ast.walk(handler.type)} if handler.type else {""}
    fails = any(
        isinstance(n, ast.Raise) or last_name(n) == "fail" for part in handler.body for n in ast.walk(part)
    )
    return bool(caught & (_CATCHES if handler.type is None else _CATCHES - {""})) and not fails


def literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def constant(node: ast.expr) -> bool | None:
    """The truth of a written-out value, None for anything that has to run."""
    return bool(ast.literal_eval(node)) if literal(node) else None
