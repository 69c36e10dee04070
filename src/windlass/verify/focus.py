"""Which test files a change can affect, the most informative first. Pure."""

import posixpath
import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Final

from windlass.verify.imports import distances, graph
from windlass.verify.requirements import ini, strings, table, toml

FOCUS_MAX: Final = 60
"""Test files in one focused run."""
_TEST: Final = re.compile(r"(test_.*|.*_test|tests?)\.py")
_PATHS_MAX: Final = 1 << 16
_WIDE: Final = re.compile(r"conftest\.py|.*\.(toml|cfg|ini|lock|txt)|setup\.py")


def files_with_tests(files: Collection[str]) -> list[str]:
    """Python files that by their name hold tests, sorted."""
    return sorted(path for path in files if _holds_tests(path))


@lru_cache(_PATHS_MAX)
def _holds_tests(path: str) -> bool:
    return _TEST.fullmatch(posixpath.basename(path)) is not None


def collected(files: Collection[str], texts: Mapping[str, str]) -> list[str]:
    """The test files that a plain run of pytest would collect: those below the project's own `testpaths`."""
    tops = [top.strip("./") for top in _testpaths(texts)]
    tests = files_with_tests(files)
    below = [path for path in tests if any(path == top or path.startswith(f"{top}/") for top in tops)]
    return below if below and "" not in tops else tests


def affects_everything(changed: Sequence[str]) -> bool:
    """Whether a change reaches tests in ways that imports do not show."""
    return any(_WIDE.fullmatch(posixpath.basename(path)) for path in changed)


def focus(
    sources: Mapping[str, bytes],
    tests: Collection[str],
    roots: Sequence[str],
    changed: Sequence[str],
    *,
    failed_before: Collection[str] = (),
) -> tuple[str, ...]:
    """Test files to run first, at most `FOCUS_MAX`: changed ones, namesakes, then by import distance; those
    that failed before lead.

    `sources`: every Python file of the tree; `tests`: those that hold tests. `failed_before`: files with
    failures in recent evidence.
    """
    reached = distances([path for path in changed if path in sources], graph(sources, roots))
    names = {_stem(path) for path in changed if path.endswith(".py")}
    ranks: dict[str, int] = {}
    for path in tests:
        if path in changed:
            ranks[path] = 0
        elif _stem(path) in names:
            ranks[path] = 1
        elif path in reached:
            ranks[path] = 1 + reached[path]
    old = set(failed_before)
    ordered = sorted(ranks, key=lambda path: (path not in old, ranks[path], path))
    return tuple(ordered[:FOCUS_MAX])


def _testpaths(texts: Mapping[str, str]) -> list[str]:
    tool = table(toml(texts.get("pyproject.toml", "")), "tool", "pytest")
    options = table(tool, "ini_options") or tool
    if strings(options.get("testpaths")):
        return strings(options["testpaths"])
    if isinstance(options.get("testpaths"), str):
        return str(options["testpaths"]).split()
    for name, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        parser = ini(texts.get(name, ""))
        if parser.has_option(section, "testpaths"):
            return parser[section]["testpaths"].split()
    return []


def _stem(path: str) -> str:
    """`src/pkg/wsjf.py`, `tests/test_wsjf.py` and `wsjf_test.py` share the name `wsjf`; a package goes by its
    own name.
    """
    parts = path.removesuffix(".py").split("/")
    name = parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
    return name.removeprefix("test_").removesuffix("_test").strip("_")
