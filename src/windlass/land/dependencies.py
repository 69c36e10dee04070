"""Which dependencies a manifest names, so that landing can tell a new one. What cannot be read is a name."""

import ast
import json
import re
from collections.abc import Iterator
from configparser import ConfigParser, Error
from typing import Any, Final

from windlass.kernel import read_toml

UNREADABLE: Final = "(cannot be read)"
"""Stands for the dependencies of a manifest that does not parse: unknown never passes for none."""

_NAME: Final = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_REQUIREMENTS: Final = re.compile(
    r"(requirements|constraints|dev-requirements|test-requirements)[^/]*\.(txt|in)$"
)
_SETUP_KEYS: Final = ("install_requires", "setup_requires", "tests_require", "extras_require")
_JSON_KEYS: Final = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")


def dependencies(path: str, text: str | None) -> frozenset[str]:
    """Names in the manifest at `path` (None: there is none); empty for files that are no manifest."""
    name = path.rsplit("/", 1)[-1].lower()
    reader = _READERS.get(name)
    if reader is None and (
        _REQUIREMENTS.search(path) or re.search(r"(^|/)requirements/[^/]+\.(txt|in)$", path)
    ):
        reader = _requirements
    if reader is None or text is None:
        return frozenset()
    try:
        return frozenset(reader(text))
    except (ValueError, SyntaxError, KeyError, TypeError, AttributeError, RecursionError, Error):
        return frozenset({UNREADABLE})


def is_manifest(path: str) -> bool:
    name = path.rsplit("/", 1)[-1].lower()
    return name in _READERS or dependencies(path, "a-name") != frozenset()


def _requirements(text: str) -> Iterator[str]:
    for line in text.splitlines():
        stripped = line.split("#", 1)[0].strip()
        if stripped.startswith("-"):
            if not stripped.startswith("--hash"):
                yield stripped
        elif stripped:
            yield _name(stripped)


def _pyproject(text: str) -> Iterator[str]:
    table = read_toml(text)
    project = table.get("project", {})
    yield from _names(project.get("dependencies", []))
    for group in project.get("optional-dependencies", {}).values():
        yield from _names(group)
    for group in table.get("dependency-groups", {}).values():
        yield from _names([one for one in group if isinstance(one, str)])
    yield from _names(table.get("build-system", {}).get("requires", []))
    poetry = table.get("tool", {}).get("poetry", {})
    groups = [poetry, *poetry.get("group", {}).values()]
    for group in groups:
        yield from (_name(one) for one in group.get("dependencies", {}))
        yield from (_name(one) for one in group.get("dev-dependencies", {}))


def _setup_cfg(text: str) -> Iterator[str]:
    parser = ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    for key in _SETUP_KEYS[:3]:
        yield from _requirements(parser.get("options", key, fallback=""))
    if parser.has_section("options.extras_require"):
        for _, value in parser.items("options.extras_require"):
            yield from _requirements(value)


def _setup_py(text: str) -> Iterator[str]:
    """Literals are read; anything computed counts as one name that changes when the expression changes."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg in _SETUP_KEYS:
            literal = [one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant)]
            plain = all(isinstance(one, _LITERAL) for one in ast.walk(node.value))
            yield from (_name(one) for one in literal if isinstance(one, str) and plain)
            if not plain:
                yield f"{node.arg}={ast.unparse(node.value)}"


def _package_json(text: str) -> Iterator[str]:
    table: dict[str, Any] = json.loads(text)
    for key in _JSON_KEYS:
        yield from table.get(key, {})


def _cargo(text: str) -> Iterator[str]:
    table = read_toml(text)
    for key in ("dependencies", "dev-dependencies", "build-dependencies"):
        yield from table.get(key, {})


def _pipfile(text: str) -> Iterator[str]:
    table = read_toml(text)
    for key in ("packages", "dev-packages"):
        yield from (_name(one) for one in table.get(key, {}))


def _go(text: str) -> Iterator[str]:
    for line in text.splitlines():
        words = line.removeprefix("require ").split()
        if len(words) >= 2 and words[1].startswith("v"):
            yield words[0]


def _names(entries: list[str]) -> Iterator[str]:
    yield from (_name(entry) for entry in entries)


def _name(requirement: str) -> str:
    found = _NAME.match(requirement)
    name = found.group(1) if found else requirement.strip()
    return re.sub(r"[-_.]+", "-", name).lower()


_LITERAL: Final = (ast.List, ast.Tuple, ast.Dict, ast.Constant, ast.Load)
_READERS: Final = {
    "pyproject.toml": _pyproject, "setup.cfg": _setup_cfg, "setup.py": _setup_py, "pipfile": _pipfile,
    "package.json": _package_json, "cargo.toml": _cargo, "go.mod": _go,
}  # fmt: skip
