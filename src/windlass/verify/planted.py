"""Code that a change adds to decide about its own tests: hooks, exits, detection, silencers. Pure."""

import ast
import io
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, TypeGuard

from windlass.verify.asserted import last_name
from windlass.verify.lasting import RUNNERS, imported, lasting, patched
from windlass.verify.objection import Grade, Objection
from windlass.verify.testcode import Function, on_test_side, parsed

TAKE_OUT: Final = "take it out"
MEND: Final = "mend what the tool complains of"
_HOOKS: Final = re.compile(
    r"pytest_(collection_modifyitems|collection_finish|collection|itemcollected|ignore_collect|collect_file"
    r"|pycollect_\w+|deselected|runtest_\w+|pyfunc_call|report_teststatus|exception_interact|sessionfinish"
    r"|sessionstart|unconfigure|cmdline_\w+|load_initial_conftests|report_to_serializable"
    r"|report_from_serializable|fixture_setup|make_collect_report|terminal_summary|runtestloop)"
)
"""Hooks of pytest that decide what runs or what is reported of it."""
_COLLECT: Final = frozenset({"collect_ignore", "collect_ignore_glob", "pytest_plugins"})
_STARTUP: Final = re.compile(r"(.*/)?((sitecustomize|usercustomize)\.py|[^/]+\.pth)")
_SHADOWS: Final = frozenset({
    *sys.stdlib_module_names, "pytest", "_pytest", "pluggy", "iniconfig", "coverage", "pytest_cov", "ruff",
    "mypy", "xdist",
})  # fmt: skip
_RUNNING: Final = re.compile(r"PYTEST_|\bpy\.?test\b|\bunittest\b", re.IGNORECASE)
_LOOKS: Final = frozenset({"modules", "environ", "getenv", "argv", "stack", "_getframe", "extract_stack"})
_SILENT: Final = re.compile(
    r"#\s*(?P<what>type:\s*ignore|noqa|ruff:\s*noqa|flake8:\s*noqa|mypy:\s*\S+|pragma:\s*no\s*cover|nosec"
    r"|pylint:\s*disable|pyright:\s*\S+)(?P<code>\s*[\[:=(]\s*[A-Za-z]\S*)?"
)
_ENDS: Final = frozenset({"sys.exit", "os._exit", "os.kill", "os.abort", "pytest.exit", "exit", "quit"})
"""Inside a test they may be what is tested, and a run that ends without its report is no pass."""
_EQUALS: Final = frozenset({"__eq__", "__ne__"})
_REPORT: Final = re.compile(r"WINDLASS_OUT|junit-?xml")
_ENV: Final = re.compile(r"PYTEST_(ADDOPTS|PLUGINS|DISABLE_PLUGIN_AUTOLOAD)")


def planted(
    before: Mapping[str, str], after: Mapping[str, str], renames: Mapping[str, str]
) -> list[Objection]:
    """What changed files hold that they did not before; `renames`: old path to new."""
    was = {new: old for old, new in renames.items()}
    found: list[Objection] = []
    for path, text in after.items():
        old = before.get(was.get(path, path), "")
        found += _paths(path, old, text, fresh=was.get(path, path) not in before)
        if path.endswith((".py", ".pyi")):
            found += _silenced(path, old, text)
            found += _code(path, old, text)
    return found


def _paths(path: str, old: str, text: str, *, fresh: bool) -> Iterator[Objection]:
    if _STARTUP.fullmatch(path):
        yield Objection(path, 1, "runs before every program", TAKE_OUT)
    top = path.removeprefix("src/").removeprefix("lib/")
    name = top.split("/", 1)[0].removesuffix(".py")
    if fresh and name in _SHADOWS and top.endswith(".py") and (top == f"{name}.py" or "/__init__" in top):
        yield Objection(path, 1, f"would be imported in the place of {name}", "give it another name")
    known = {match.group() for match in _ENV.finditer(old)}
    for number, line in enumerate(text.splitlines(), 1):
        if (match := _ENV.search(line)) and match.group() not in known and not path.endswith(".md"):
            yield Objection(path, number, f"sets {match.group()}", TAKE_OUT)


def _silenced(path: str, old: str, text: str) -> Iterator[Objection]:
    """Remarks that silence a tool. One rule by name is for a person to judge, and free in tests, which try
    what is wrong on purpose.
    """
    before = Counter(what for what, _, _ in _remarks(old))
    now: Counter[str] = Counter()
    for what, line, named in _remarks(text):
        now[what] += 1
        if now[what] > before[what] and not (named and on_test_side(path)):
            grade = Grade.ASK if named and what != "pragma: no cover" else Grade.REFUSE
            yield Objection(path, line, f"silences a tool with {what!r}", MEND, grade)


def _remarks(text: str) -> Iterator[tuple[str, int, bool]]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return
    for token in tokens:
        match = _SILENT.search(token.string) if token.type == tokenize.COMMENT else None
        if match:
            yield " ".join(match["what"].split()), token.start[0], match["code"] is not None


def _code(path: str, old: str, text: str) -> Iterator[Objection]:
    module, before = parsed(text), parsed(old)
    if module is None:
        return
    lines, was = text.splitlines(), old.splitlines()
    known = {_source(node, was) for node in (before.body if before else ())}
    fresh = [node for node in module.body if _source(node, lines) not in known]
    names = imported(module)
    told = _in_tests(path, fresh, names) if on_test_side(path) else _in_product(path, fresh, names)
    seen = {line.strip() for line in was}
    yield from (one for one in told if lines[one.line - 1].strip() not in seen or one.what in _hooks(fresh))


def _hooks(fresh: Iterable[ast.stmt]) -> dict[str, int]:
    """Hooks and lists that steer pytest, in words; a new body counts like a new one."""
    found = {}
    for node in fresh:
        name = _bound(node)
        if isinstance(node, Function) and _HOOKS.fullmatch(name):
            found[f"{name} decides what runs or what is reported"] = node.lineno
        if name in _COLLECT:
            found[f"{name} decides which tests are collected"] = node.lineno
    return found


def _in_tests(path: str, fresh: list[ast.stmt], names: Collection[str]) -> Iterator[Objection]:
    conftest = path.rpartition("/")[2] == "conftest.py"
    yield from (Objection(path, line, what, TAKE_OUT) for what, line in _hooks(fresh).items())
    for node in fresh:
        if conftest and isinstance(node, Function) and "autouse=True" in ast.unparse(node):
            for target in sorted(patched(node)):
                yield Objection(path, node.lineno, f"replaces {target} for every test", TAKE_OUT)
        for line, target in lasting(node, names):
            yield Objection(path, line, f"replaces {target} for every later test", "use monkeypatch")
        top = conftest or not isinstance(node, Function | ast.ClassDef)
        for call in _calls(node):
            said = ast.unparse(call.func)
            if top and said in _ENDS:
                yield Objection(path, call.lineno, f"{said} ends the run before its result", TAKE_OUT)
            if _rewires(call):
                yield Objection(path, call.lineno, f"{said} changes how tests are run or reported", TAKE_OUT)


def _rewires(call: ast.Call) -> bool:
    """Whether a call in a test file reaches into pytest itself."""
    said = ast.unparse(call)
    return last_name(call.func) in ("setattr", "object", "patch", "register") and bool(
        re.search(r"_pytest|pytest\.(Item|Session|Function|main)|ExitCode|exitstatus|pluginmanager", said)
    )


def _in_product(path: str, fresh: list[ast.stmt], names: Collection[str]) -> Iterator[Objection]:
    for statement in fresh:
        for line, target in lasting(statement, RUNNERS & set(names)):
            yield Objection(path, line, f"replaces {target}, which runs the tests", TAKE_OUT)
        for node in ast.walk(statement):
            if _detects(node):
                yield Objection(path, node.lineno, "behaves otherwise when tests run", "do the same always")
            if isinstance(node, ast.Constant) and _REPORT.search(str(node.value)):
                yield Objection(path, node.lineno, "knows where the result of the tests is kept", TAKE_OUT)
            if _always(node):
                yield Objection(path, node.lineno, "is equal to everything, or to nothing", TAKE_OUT)


def _detects(node: ast.AST) -> TypeGuard[ast.expr | ast.stmt]:
    """Whether an expression or condition asks if tests are running."""
    if not isinstance(node, ast.Compare | ast.Call | ast.Subscript | ast.If | ast.IfExp):
        return False
    whole = node.test if isinstance(node, ast.If | ast.IfExp) else node
    texts = [n.value for n in ast.walk(whole) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    looks = any(last_name(n) in _LOOKS for n in ast.walk(whole) if isinstance(n, ast.Attribute | ast.Name))
    return looks and any(_RUNNING.search(text) for text in texts)


def _always(node: ast.AST) -> TypeGuard[ast.stmt]:
    """Whether it is an `__eq__` whose answer does not depend on what it is given."""
    if isinstance(node, Function) and node.name in _EQUALS:
        body = [each for each in node.body if not isinstance(each, ast.Expr)]
        answer = body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else node
        names = {each.arg for each in node.args.args}
    elif isinstance(node, ast.Assign) and _bound(node) in _EQUALS and isinstance(node.value, ast.Lambda):
        answer, names = node.value.body, {each.arg for each in node.value.args.args}
    else:
        return False
    used = {each.id for each in ast.walk(answer) if isinstance(each, ast.Name)} if answer else set()
    return answer is not node and not used & (names | {"NotImplemented"})


def _source(node: ast.stmt, lines: list[str]) -> str:
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
    return "\n".join(lines[first - 1 : node.end_lineno])


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))


def _bound(node: ast.stmt) -> str:
    if isinstance(node, Function | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return node.target.id if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else ""
