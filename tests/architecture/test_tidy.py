"""The numbers of the house style. Old sinners are listed by name and may only shrink."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "windlass"
CACHES = {"__pycache__", ".hypothesis", ".schemathesis"}
FILES = sorted(path for path in SOURCE.rglob("*.py") if "generated" not in path.parts)
TESTS = ROOT / "tests"

LINE_MAX, FUNCTION_MAX, FILE_MAX, POSITIONAL_MAX = 110, 40, 400, 5
LONG_FUNCTIONS: dict[str, int] = {}
LONG_FILES: dict[str, int] = {}
MANY_POSITIONAL: set[str] = set()
LOCAL_IMPORTS: set[str] = {"kernel/plugin.py", "cli/__init__.py"}
"""Only loaders import at run time."""
WITHOUT_TEST: set[str] = set()
BANNED = re.compile(r"/wor[k]/|python[h]osted|py[p]i\.org|registry\.n[p]mjs|deb\.d[e]bian\.org")
PRAGMA = re.compile(r"\s*# (noqa|type: ignore|fmt:).*")
"""A remark to a tool does not count."""
CATCH_ALL = re.compile(r"except(:| \(?(.*, )?(Base)?Exception\b)")
ROOM_WORDS = {"utils", "util", "common", "helpers", "manager", "base"}


def _name(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@cache
def _functions() -> tuple[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef], ...]:
    return tuple(
        (f"{_name(path)}:{node.name}", node)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_lines_stay_short() -> None:
    long = [
        f"{_name(path)}:{number}"
        for path in FILES
        if "schema/versions" not in str(path)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(PRAGMA.sub("", line)) > LINE_MAX
    ]
    assert long == []


def test_functions_stay_small() -> None:
    sizes = {name: (node.end_lineno or 0) - node.lineno + 1 for name, node in _functions()}
    assert {n: s for n, s in sizes.items() if s > LONG_FUNCTIONS.get(n, FUNCTION_MAX)} == {}


def test_files_stay_small() -> None:
    sizes = {_name(path): len(path.read_text().splitlines()) for path in FILES}
    assert {n: s for n, s in sizes.items() if s > LONG_FILES.get(n, FILE_MAX)} == {}


def test_positional_parameters_stay_few() -> None:
    many = {
        name
        for name, node in _functions()
        if len([a for a in node.args.args if a.arg not in ("self", "cls")]) > POSITIONAL_MAX
    }
    assert many - MANY_POSITIONAL == set()


def test_imports_stand_at_the_top() -> None:
    inner = {
        name.split(":")[0]
        for name, node in _functions()
        if any(isinstance(inside, ast.Import | ast.ImportFrom) for inside in ast.walk(node))
    }
    assert inner - LOCAL_IMPORTS == set()


def test_every_module_has_a_namesake_test() -> None:
    missing = []
    for path in FILES:
        if path.name == "__init__.py" or "schema" in path.parts:
            continue
        if not (TESTS / path.relative_to(SOURCE)).with_name(f"test_{path.name}").exists():
            missing.append(_name(path))
    assert set(missing) - WITHOUT_TEST == set()


def test_no_room_is_a_drawer() -> None:
    assert [_name(path) for path in FILES if ROOM_WORDS & {path.stem, *path.relative_to(SOURCE).parts}] == []


def test_who_catches_everything_says_why() -> None:
    silent = [
        f"{_name(path)}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if CATCH_ALL.search(line) and "  # " not in line
    ]
    assert silent == []


def test_what_the_type_checker_is_told_to_ignore_has_a_reason() -> None:
    bare = [
        f"{_name(path)}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"# type: ignore(?!\[[\w-]+\]  # \w)", line)
    ]
    assert bare == []


def test_nothing_is_left_unimplemented() -> None:
    assert [name for name, node in _functions() if "NotImplementedError" in ast.dump(node)] == []


def test_the_repository_speaks_of_windlass_alone() -> None:
    kinds = {".py", ".md", ".toml", ".sh", ".yml", ".yaml", ".json", ".lock", ""}
    hits = [
        str(path.relative_to(ROOT))
        for folder in ("src", "tests", "docs", "scripts", "tools", "benchmarks", ".ci")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in kinds
        if not CACHES & set(path.parts)
        if BANNED.search(path.read_text(errors="replace"))
    ]
    assert hits == []
