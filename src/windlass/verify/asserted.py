"""What one statement of a test asserts: the same for `assert`, unittest's methods and `raises`. Pure."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Force(IntEnum):
    """How much an assertion rules out: nothing, a falsy value, a range, all but a stated tolerance, all but
    one value.
    """

    NOTHING = 0
    HOLDS = 1
    RELATES = 2
    CLOSE = 3
    EQUALS = 4


@dataclass(frozen=True, slots=True)
class Asserted:
    """`parts`: the expressions that decide. `bound`: see `testcode.Assertion`."""

    text: str
    line: int
    force: Force
    parts: tuple[ast.AST, ...]
    bound: tuple[str, float, int] | None = None
    raises: bool = False


_EQUAL: Final = frozenset({
    "assertEqual", "assertEquals", "assertListEqual", "assertDictEqual", "assertSetEqual",
    "assertTupleEqual", "assertSequenceEqual", "assertMultiLineEqual", "assertCountEqual",
})  # fmt: skip
_PAIRS: Final[dict[str, ast.cmpop]] = {
    **{name: ast.Eq() for name in _EQUAL},
    "assertNotEqual": ast.NotEq(), "assertIs": ast.Is(), "assertIsNot": ast.IsNot(), "assertIn": ast.In(),
    "assertNotIn": ast.NotIn(), "assertGreater": ast.Gt(), "assertGreaterEqual": ast.GtE(),
    "assertLess": ast.Lt(), "assertLessEqual": ast.LtE(),
}  # fmt: skip
_TOLERANCES: Final = {"abs": 1, "rel": 1, "delta": 1, "atol": 1, "rtol": 1, "places": -1}
"""Words that state a tolerance, and whether a larger number is looser."""
_ANY: Final = frozenset({"ANY"})
_WIDE: Final = frozenset({"Exception", "BaseException"})
_NUMBER: Final = re.compile(r"(?<![\w.])-?\d[\d_]*(\.\d+)?(e[+-]?\d+)?")
_RAISES: Final = frozenset({"raises", "assertRaises", "assertRaisesRegex", "warns", "assertWarns"})


def asserted(node: ast.expr, line: int, *, call: bool = False) -> list[Asserted]:
    """What an `assert` says, or a call of its own (`call`) if it is one of those that assert."""
    if call:
        said = _method(node) if isinstance(node, ast.Call) else None
        if said is None:
            return _known(node, line) if isinstance(node, ast.Call) else []
        node = said
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        return [one for value in node.values for one in asserted(value, line)]
    node = _turned(node)
    return [Asserted(ast.unparse(node), line, _force(node), (node,), _bound(node))]


def raising(call: ast.Call, body: Sequence[ast.stmt]) -> list[Asserted]:
    """What `with raises(…)` says of its block; nothing for any other context."""
    name = last_name(call.func)
    if name not in _RAISES or not call.args:
        return []
    kinds = call.args[0].elts if isinstance(call.args[0], ast.Tuple) else [call.args[0]]
    exact = any(word.arg == "match" for word in call.keywords) or name == "assertRaisesRegex"
    force = Force.EQUALS if exact else Force.CLOSE
    if len(kinds) > 1:
        force = Force.RELATES
    if any(last_name(kind) in _WIDE for kind in kinds):
        force = Force.HOLDS
    said = ", ".join(
        [*map(ast.unparse, call.args), *(f"{w.arg}={ast.unparse(w.value)}" for w in call.keywords)]
    )
    wanted = ast.Constant(" | ".join(map(ast.unparse, kinds)))  # which one is a value, not a name
    parts = (wanted, *(word.value for word in call.keywords), *body)
    return [Asserted(f"raises({said})", call.lineno, force, parts, raises=True)]


def _method(call: ast.Call) -> ast.expr | None:
    """A method of unittest as the expression that must hold."""
    name, args = last_name(call.func), call.args
    if name in _PAIRS and len(args) >= 2:
        return ast.Compare(args[0], [_PAIRS[name]], [args[1]])
    if name in ("assertTrue", "assertFalse") and args:
        return args[0] if name == "assertTrue" else ast.UnaryOp(ast.Not(), args[0])
    if name in ("assertIsNone", "assertIsNotNone") and args:
        operator = ast.Is() if name == "assertIsNone" else ast.IsNot()
        return ast.Compare(args[0], [operator], [ast.Constant(None)])
    if name == "assertIsInstance" and len(args) >= 2:
        return ast.Call(ast.Name("isinstance", ast.Load()), args[:2], [])
    if name == "assertAlmostEqual" and len(args) >= 2:
        words = [*call.keywords, *([ast.keyword("places", args[2])] if len(args) > 2 else [])]
        near = ast.Call(ast.Name("approx", ast.Load()), [args[1]], [w for w in words if w.arg in _TOLERANCES])
        return ast.Compare(args[0], [ast.Eq()], [near])
    return None


def _known(call: ast.Call, line: int) -> list[Asserted]:
    """Calls that assert by their name: those of mocks, of numpy, `assertRegex`, `pytest.fail`."""
    name = last_name(call.func)
    if name in _RAISES and len(call.args) > 1:  # raises(ValueError, function, …)
        return [Asserted(ast.unparse(call), line, Force.CLOSE, (call,), raises=True)]
    if not name.startswith("assert"):
        return []
    bare = name.startswith("assert_called") and not call.args and not call.keywords
    force = Force.RELATES if bare else Force.EQUALS
    return [Asserted(ast.unparse(call), line, force, (call,), _bound(call))]


def _turned(node: ast.expr) -> ast.expr:
    """`3 == f(x)` as `f(x) == 3`, so that both are the same."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
        left, right = node.left, node.comparators[0]
        if isinstance(left, ast.Constant) and not isinstance(right, ast.Constant):
            return ast.Compare(right, node.ops, [left])
    return node


def _force(node: ast.expr) -> Force:
    if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Lambda | ast.JoinedStr):
        return Force.NOTHING  # always true: a forgotten bracket, or a trick
    if isinstance(node, ast.Constant):
        return Force.NOTHING if node.value else Force.EQUALS
    if isinstance(node, ast.BoolOp):
        return min(Force.RELATES, *(_force(value) for value in node.values))
    if isinstance(node, ast.Compare):
        return _compared(node)
    if isinstance(node, ast.Call) and last_name(node.func) == "all" and len(node.args) == 1:
        inner = node.args[0]
        return _force(inner.elt) if isinstance(inner, ast.GeneratorExp | ast.ListComp) else Force.HOLDS
    return Force.HOLDS


def _compared(node: ast.Compare) -> Force:
    sides = [node.left, *node.comparators]
    if any(last_name(side) in _ANY for side in sides):
        return Force.NOTHING
    texts = [ast.unparse(side) for side in sides]
    if len(set(texts)) < len(texts):
        return Force.NOTHING  # compared with itself
    if not all(isinstance(op, ast.Eq | ast.Is) for op in node.ops):
        none = isinstance(node.ops[0], ast.IsNot) and texts[-1] == "None"
        return Force.HOLDS if none else Force.RELATES
    return Force.CLOSE if any(_tolerance(side) for side in sides) else Force.EQUALS


def _tolerance(node: ast.AST) -> tuple[str, float, int] | None:
    """The first tolerance stated in a call: the word, the number and its direction."""
    for call in ast.walk(node):
        for word in call.keywords if isinstance(call, ast.Call) else ():
            number = _number(word.value)
            if word.arg in _TOLERANCES and number is not None:
                return word.arg, number, _TOLERANCES[word.arg]
    return None


def _bound(node: ast.expr) -> tuple[str, float, int] | None:
    """The limit in an assertion, with the text around it."""
    if (near := _tolerance(node)) is not None:
        return f"{near[0]} in {_blank(node)}", near[1], near[2]
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return None
    for side, number in ((1, _number(node.comparators[0])), (-1, _number(node.left))):
        if number is not None and isinstance(node.ops[0], ast.Lt | ast.LtE):
            return _blank(node), number, side
        if number is not None and isinstance(node.ops[0], ast.Gt | ast.GtE):
            return _blank(node), number, -side
    return None


def _blank(node: ast.AST) -> str:
    """The text without its numbers and without the difference between `<` and `<=`."""
    return _NUMBER.sub("#", ast.unparse(node)).replace("<=", "<").replace(">=", ">")


def _number(node: ast.AST) -> float | None:
    try:
        value = ast.literal_eval(ast.unparse(node))
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def last_name(node: ast.AST) -> str:
    """The last part of a dotted name or of what is called; empty for anything else."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
