"""Answers of tests that a change writes into the product. Pure.

Only what is plain to see: a new branch or table that gives a test's expected value for that test's arguments,
or a function that came to return one constant. A table behind a hash, a file or a calculation is not seen.
"""

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from windlass.verify.asserted import last_name
from windlass.verify.objection import Grade, Objection
from windlass.verify.testcode import Function, parsed

PLAIN: Final = frozenset(
    {"0", "1", "-1", "0.0", "1.0", "''", "b''", "None", "True", "False", "[]", "()", "{}"}
)
"""Values that a function may well treat for themselves."""
THEN: Final = "a person looks whether this is a rule or the answer of a test"
ANYTHING: Final = "everything"
_Pair = tuple[str, str]


def answers(before: Mapping[str, str], after: Mapping[str, str], tests: Mapping[str, str]) -> list[Objection]:
    """New branches of changed product files that know what `tests` ask and expect; all by path."""
    asked = {pair for text in tests.values() for pair in _asked(text)}
    asked |= {(ANYTHING, expected) for _, expected in asked}
    return [
        Objection(path, line, f"answers {one} with {value}, as a test expects it", THEN, Grade.ASK)
        for path, line, (one, value) in given(before, after)
        if (one, value) in asked
    ]


def given(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, int, _Pair]]:
    """Written-out answers in changed product files that were not there: path, line, (argument, answer)."""
    known = {ast.unparse(each) for text in before.values() for each in _statements(text)}
    old = {name: node for text in before.values() for name, node in _functions(text)}
    found = []
    for path, text in after.items():
        for statement in _statements(text):
            fresh = isinstance(statement, ast.If | ast.Assign | ast.Return | ast.Match)
            if fresh and ast.unparse(statement) not in known:
                found += [(path, statement.lineno, pair) for pair in _given(statement)]
        for name, node in _functions(text):
            if (value := _only(node)) and name in old and not _only(old[name]):
                found.append((path, node.lineno, (ANYTHING, value)))
    return found


def _asked(text: str) -> Iterator[_Pair]:
    """(argument, expected value) of plain comparisons and of rows of parameters."""
    module = parsed(text)
    for node in ast.walk(module) if module else ():
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Call) and len(node.ops) == 1:
            expected = _value(node.comparators[0])
            for argument in map(_value, node.left.args):
                if argument and expected:
                    yield argument, expected
        elif isinstance(node, ast.Call) and last_name(node) == "parametrize" and len(node.args) > 1:
            for row in getattr(node.args[1], "elts", []):
                values = [_value(each) for each in getattr(row, "elts", [])]
                yield from ((one, values[-1]) for one in values[:-1] if one and values[-1])


def _given(node: ast.stmt) -> Iterator[_Pair]:
    """(argument, answer) of `if x == argument: return answer`, of `case`, and of tables."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Compare):
        asked = [_value(each) for each in (node.test.left, *node.test.comparators)]
        answer = _returned(node.body)
        yield from ((one, answer) for one in asked if one and answer)
    elif isinstance(node, ast.Match):
        for case in node.cases:
            asked = [_value(n) for n in ast.walk(case.pattern) if isinstance(n, ast.expr)]
            answer = _returned(case.body)
            yield from ((one, answer) for one in asked if one and answer)
    elif isinstance(node, ast.Assign | ast.Return):
        for table in ast.walk(node):
            if isinstance(table, ast.Dict):
                pairs = zip(table.keys, table.values, strict=True)
                found = [(_value(key) if key else "", _value(value)) for key, value in pairs]
                yield from ((one, answer) for one, answer in found if one and answer)


def _returned(body: list[ast.stmt]) -> str:
    last = body[-1] if body else None
    return _value(last.value) if isinstance(last, ast.Return) and last.value else ""


def _only(node: Function) -> str:
    """The value that a function gives whatever it is asked; empty where it does more."""
    body = [each for each in node.body if not (isinstance(each, ast.Expr) and _value(each.value))]
    return _returned(body) if len(body) == 1 else ""


def _statements(text: str) -> Iterator[ast.stmt]:
    module = parsed(text)
    return (node for node in ast.walk(module) if isinstance(node, ast.stmt)) if module else iter(())


def _functions(text: str) -> Iterator[tuple[str, Function]]:
    return ((node.name, node) for node in _statements(text) if isinstance(node, Function))


def _value(node: ast.expr) -> str:
    """A written-out value that is not one of the plain ones; else nothing."""
    try:
        said = repr(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ""
    return "" if said in PLAIN else said
