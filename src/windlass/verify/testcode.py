"""Read test code: which tests there are, what each asserts and how strongly, what it skips. Pure.

Names and values are followed through local variables, constants, fixtures, parameters and helpers, so that an
assertion says the same before and after somebody has only written it in another way.
"""

import ast
import builtins
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from windlass.verify.asserted import Asserted, Force, asserted, last_name, raising
from windlass.verify.lasting import patched
from windlass.verify.reached import constant, literal, reached

Function = ast.FunctionDef | ast.AsyncFunctionDef
_TESTS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
SKIPS: Final = frozenset({
    "skip", "skipif", "skipIf", "skipUnless", "xfail", "expectedFailure", "importorskip", "skipTest",
    "SkipTest", "flaky",
})  # fmt: skip
DEPTH_MAX: Final = 3
"""Helpers that are followed one into the other."""
CALLS_MAX: Final = 1_000
"""Calls of helpers that are followed in one test."""
_TEST: Final = re.compile(r"(test_.*|.*_test|tests?)\.py")
_FOLDERS: Final = frozenset({"tests", "test", "__snapshots__"})
_SIDE: Final = frozenset({"conftest.py", "pytest.ini", ".pytest.ini"})


@dataclass(frozen=True, slots=True)
class Assertion:
    """`names`: what it speaks of, without local variables. `literals`: the values in it. `guarded`: only
    under a condition. `bound`: a limit in it as (text around, number, 1 if a larger one is looser else -1).
    """

    text: str
    line: int
    force: Force
    names: frozenset[str]
    literals: frozenset[str]
    guarded: bool = False
    bound: tuple[str, float, int] | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A word that keeps a test from running or from failing."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Test:
    """One test function. `rows`: what it is repeated for, by parameters or loops over written-out values.
    `patches`: names that it replaces. `marks`: its own marks by name. `code`: its text without comments.
    `helper`: not run
    by itself.
    """

    __test__ = False  # for pytest, which would take it for one

    name: str
    line: int
    assertions: tuple[Assertion, ...]
    skips: tuple[Mark, ...]
    names: frozenset[str]
    literals: frozenset[str]
    rows: tuple[str, ...]
    patches: frozenset[str]
    marks: frozenset[str]
    code: str = ""
    helper: bool = False


@dataclass(frozen=True, slots=True)
class TestCode:
    """One file. `imports`: what is imported, as (module, name) with the line; `defined`: its own names."""

    __test__ = False

    tests: Mapping[str, Test]
    skips: tuple[Mark, ...]
    imports: Mapping[tuple[str, str], int]
    defined: Mapping[str, int]


def on_test_side(path: str) -> bool:
    """Whether a file belongs to the tests: a test module, their configuration, or anything in their
    folders.
    """
    *folders, name = path.split("/")
    return bool(_FOLDERS & set(folders)) or name in _SIDE or holds_tests(path)


def holds_tests(path: str) -> bool:
    return _TEST.fullmatch(posixpath.basename(path)) is not None


def parsed(text: str) -> ast.Module | None:
    """The syntax tree; None for what Python cannot read, which the syntax check reports."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def functions(module: ast.Module) -> dict[str, Function]:
    """The functions of a file that are no tests, by name."""
    found = (node for node in module.body if isinstance(node, Function))
    return {node.name: node for node in found if not node.name.startswith("test")}


def read(
    path: str, module: ast.Module, shared: Mapping[str, Function], same: Collection[str] = ()
) -> TestCode:
    """What a file on the side of the tests says; `shared`: helpers and fixtures of other files.

    A helper that asserts is listed too, and so is a test in a file that is not collected. `same`: tests to
    leave out, for nothing about them has changed.
    """
    collected = holds_tests(path)
    constants = dict(_assigned(module.body))
    helpers = {**shared, **functions(module)}
    tests: dict[str, Test] = {}
    for node in module.body:
        if isinstance(node, _TESTS) and node.name in same:
            continue
        if isinstance(node, Function):
            test = _test(node, node.name, helpers, constants)
            helper = not collected or not node.name.startswith("test")
            if test.assertions or not helper:
                tests[node.name] = replace(test, helper=helper)
        elif isinstance(node, ast.ClassDef) and collected and _collected(node):
            tests |= _methods(node, helpers, constants)
    return TestCode(tests, tuple(_module_skips(module)), _imports(module), _defined(module))


def _methods(node: ast.ClassDef, helpers: Mapping[str, Function], constants: "_Values") -> dict[str, Test]:
    inside = {each.name: each for each in node.body if isinstance(each, Function)}
    own = {name: each for name, each in inside.items() if not name.startswith("test")}
    values = {**constants, **dict(_assigned(node.body))}
    skips = tuple(_skips(node.decorator_list))
    found = {}
    for name, each in inside.items():
        if name.startswith("test"):
            test = _test(each, f"{node.name}::{name}", {**helpers, **own}, values, above=skips)
            found[test.name] = test
    return found


_Values = Mapping[str, ast.expr]


def _test(
    node: Function, name: str, helpers: Mapping[str, Function], constants: _Values, *,
    above: tuple[Mark, ...] = (),
) -> Test:  # fmt: skip
    scope = _Scope(node, helpers, constants)
    rows = _rows(node, constants)
    asserts = tuple(scope.assertions(node.body))
    body = [each for each in node.body if not (isinstance(each, ast.Expr) and literal(each.value))]
    names, literals = scope.facts([*body, *node.decorator_list, *map(_name, _arguments(node))])
    for one in asserts:
        literals |= one.literals
    skips = (*above, *_skips([*node.decorator_list, *node.body]))
    marks = frozenset(
        each.attr
        for each in _walk(node.decorator_list)
        if isinstance(each, ast.Attribute) and ast.unparse(each.value).endswith("mark")
    )
    code = "\n".join([*map(ast.unparse, node.decorator_list), *_arguments(node), *map(ast.unparse, body)])
    return Test(
        name, node.lineno, asserts, skips, names, literals, tuple(rows), patched(node), marks, code
    )  # fmt: skip


class _Scope:
    """One function while it is read: where its names come from."""

    def __init__(
        self,
        node: Function,
        helpers: Mapping[str, Function],
        constants: _Values,
        above: "_Scope | None" = None,
    ) -> None:
        self.depth: int = 0 if above is None else above.depth + 1
        self.calls: Iterator[int] = iter(range(CALLS_MAX)) if above is None else above.calls
        self.helpers = {**helpers, **{each.name: each for each in _inner(node)}}
        self.values: dict[str, list[ast.expr]] = {name: [value] for name, value in constants.items()}
        for name, value in _assigned(ast.walk(node)):
            self.values.setdefault(name, []).append(value)
        for argument in _arguments(node):
            fixture = self.helpers.get(argument)
            self.values[argument] = [*_returned(fixture)] if fixture else []
        for names, values in _parametrized(node):
            for name in names:
                self.values[name] = [values]
        self.local = frozenset(self.values)
        self.constants = constants

    def assertions(self, body: Iterable[ast.stmt]) -> Iterator[Assertion]:
        """Everything that is asserted when `body` runs, in helpers too."""
        for statement, swallowed, guarded in reached(body):
            for one in _stated(statement):
                yield self._assertion(one, swallowed=swallowed, guarded=guarded)
            for node in _own_walk(statement):
                if isinstance(node, ast.Call) and not swallowed:
                    yield from self._helper(node)

    def _helper(self, call: ast.Call) -> Iterator[Assertion]:
        """What a called helper asserts, with the names and values that it is given."""
        helper = self.helpers.get(last_name(call.func))
        if helper is None or self.depth >= DEPTH_MAX or next(self.calls, None) is None:
            return
        arguments = (*call.args, *(word.value for word in call.keywords))
        names, literals = self.facts(arguments)
        said = ", ".join(map(ast.unparse, arguments))
        inner = _Scope(helper, self.helpers, self.constants, self)
        for one in inner.assertions(helper.body):
            idle = arguments and not one.names and self._idle(arguments)
            yield replace(
                one, text=f"{one.text} for ({said})", line=call.lineno, names=one.names | names,
                force=Force.NOTHING if idle else one.force, literals=one.literals | literals,
            )  # fmt: skip

    def facts(self, nodes: Iterable[ast.AST]) -> tuple[frozenset[str], frozenset[str]]:
        """Names and literals of some code, local names replaced by what they stand for."""
        names, literals, seen = set[str](), set[str](), set[str]()
        waiting = list(nodes)
        while waiting:
            for node in ast.walk(waiting.pop()):
                if isinstance(node, ast.Constant):
                    literals.add(repr(node.value))
                elif isinstance(node, ast.Attribute):
                    names.add(node.attr)
                elif isinstance(node, ast.Name):
                    if node.id in self.local and node.id not in seen:
                        seen.add(node.id)
                        waiting += self.values[node.id]
                    elif node.id not in self.local:
                        names.add(node.id)
        return frozenset(names), frozenset(literals)

    def _assertion(self, one: Asserted, *, swallowed: bool, guarded: bool) -> Assertion:
        names, literals = self.facts(one.parts)
        idle = swallowed or (not one.raises and self._idle(one.parts))
        force = Force.NOTHING if idle else one.force
        return Assertion(one.text, one.line, force, names, literals, guarded, one.bound)

    def _idle(self, parts: Iterable[ast.AST]) -> bool:
        """Whether nothing but written-out values and built-in functions can decide it."""
        return not any(isinstance(node, ast.Name) and self._alive(node.id) for node in _walk(parts))

    def _alive(self, name: str) -> bool:
        if name not in self.local:
            return not hasattr(builtins, name)
        values = self.values[name]
        return not values or not all(literal(value) for value in values)


def _stated(statement: ast.stmt) -> list[Asserted]:
    if isinstance(statement, ast.Assert):
        return asserted(statement.test, statement.lineno)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return asserted(statement.value, statement.lineno, call=True)
    if isinstance(statement, ast.With | ast.AsyncWith):
        return [
            one
            for item in statement.items
            if isinstance(item.context_expr, ast.Call)
            for one in raising(item.context_expr, statement.body)
        ]
    return []


def _own_walk(statement: ast.stmt) -> Iterator[ast.AST]:
    """The expressions of a statement without the statements in it."""
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, ast.stmt | ast.ExceptHandler):
            yield from ast.walk(child)


def _collected(node: ast.ClassDef) -> bool:
    off = any(name == "__test__" and constant(value) is False for name, value in _assigned(node.body))
    return not off and (node.name.startswith("Test") or any("TestCase" in last_name(b) for b in node.bases))


def _assigned(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """Plain names and the expressions they are given, loop variables and `with … as` included."""
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.AugAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from _bound(targets, node.value)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            yield from _bound([node.target], node.iter)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            yield from _bound([node.optional_vars], node.context_expr)


def _bound(targets: Iterable[ast.expr], value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    for node in _walk(targets):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, value


def _inner(node: Function) -> Iterator[Function]:
    return (each for each in ast.walk(node) if isinstance(each, Function) and each is not node)


def _returned(function: Function) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
            yield node.value
    yield from (value for _, value in _assigned(ast.walk(function)))


def _parametrized(node: Function) -> Iterator[tuple[list[str], ast.expr]]:
    for each in node.decorator_list:
        if isinstance(each, ast.Call) and last_name(each.func) == "parametrize" and len(each.args) > 1:
            first = each.args[0]
            said = [str(n.value) for n in ast.walk(first) if isinstance(n, ast.Constant)]
            yield [name.strip() for text in said for name in text.split(",")], each.args[1]


def _rows(node: Function, constants: "_Values") -> Iterator[str]:
    """What a test is repeated for, by its parameters or by loops over written-out values."""
    loops = (each.iter for each in ast.walk(node) if isinstance(each, ast.For))
    for values in (*(values for _, values in _parametrized(node)), *loops):
        if isinstance(values, ast.Name):
            values = constants.get(values.id, values)
        if isinstance(values, ast.List | ast.Tuple | ast.Set):
            yield from (ast.unparse(_plain(row)) for row in values.elts)


def _plain(row: ast.expr) -> ast.expr:
    """`pytest.param(1, 2, id="x")` as `(1, 2)`."""
    if isinstance(row, ast.Call) and last_name(row.func) == "param":
        return row.args[0] if len(row.args) == 1 else ast.Tuple(row.args, ast.Load())
    return row


def _skips(nodes: Iterable[ast.AST]) -> Iterator[Mark]:
    for node in _walk(nodes):
        if isinstance(node, ast.Attribute | ast.Name) and last_name(node) in SKIPS:
            yield Mark(ast.unparse(node), node.lineno)


def _module_skips(module: ast.Module) -> Iterator[Mark]:
    simple = (ast.Assign, ast.AnnAssign, ast.Expr, ast.If, ast.Try, ast.Raise)
    yield from _skips(node for node in module.body if isinstance(node, simple))
    for name, value in _assigned(module.body):
        if name == "__test__" and constant(value) is False:
            yield Mark("__test__ = False", value.lineno)


def _imports(module: ast.Module) -> dict[tuple[str, str], int]:
    found = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            where = "." * node.level + (node.module or "")
            found.update({(where, alias.name): node.lineno for alias in node.names})
        elif isinstance(node, ast.Import):
            found.update({(alias.name, ""): node.lineno for alias in node.names})
    return found


def _defined(module: ast.Module) -> dict[str, int]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name: node.lineno for node in module.body if isinstance(node, kinds)} | {
        name: value.lineno for name, value in _assigned(module.body)
    }


def _arguments(node: Function) -> list[str]:
    every = node.args
    return [each.arg for each in (*every.posonlyargs, *every.args, *every.kwonlyargs) if each.arg != "self"]


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _walk(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        yield from ast.walk(node)
