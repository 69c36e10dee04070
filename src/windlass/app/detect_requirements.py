"""What a Python project and its tests need installed, from every place such lists are kept. Pure."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from posixpath import dirname, join, normpath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from windlass.app.detect_reading import Reading, dig, requirement_file, texts_of

TEST_NAMES = frozenset({"test", "tests", "testing", "unittest", "pytest", "unit"})
DEV_NAMES = frozenset({"dev", "develop", "development", "devel", "ci", "qa"})
PLAIN_FILES = ("requirements.txt", "requirements.in", "requirements/base.txt")
DEPTH_MAX = 10
"""How deep requirement files and groups may include one another."""


@dataclass(frozen=True, slots=True)
class Requirements:
    """`project`: needed to import it. `tests`: needed besides for its tests. `files`: which were read."""

    project: tuple[str, ...]
    tests: tuple[str, ...]
    files: tuple[str, ...]
    notes: tuple[str, ...]


def requirements(reading: Reading, own_name: str) -> Requirements:
    notes: list[str] = []
    groups = dict(_groups(reading))
    project = [
        *texts_of(dig(reading.pyproject, "project", "dependencies")),
        *_setuptools(reading, "install_requires"),
    ]
    project += _poetry(reading.table("tool", "poetry", "dependencies"), notes)
    dynamic = reading.table("tool", "setuptools", "dynamic")
    files = texts_of(dig(dynamic, "dependencies", "file"))
    plain = [path for path in PLAIN_FILES if path in reading.texts][:1]
    packaged = (
        reading.has("project") or bool(_setup_call(reading)) or reading.ini_section("setup.cfg", "options")
    )
    if not project and not files and not packaged:
        files = plain
    project += [line for file in files for line in _file_lines(reading, file, notes)]
    tests = [*_chosen(groups), *texts_of(dig(reading.pyproject, "tool", "uv", "dev-dependencies"))]
    tests += _setuptools(reading, "tests_require")
    named = [path for path in sorted(reading.texts) if requirement_file(path) and path not in files]
    # A packaged project keeps in requirements.txt what its developers need, when nothing else says so.
    test_files = _chosen_files(named) or ([] if tests else [path for path in plain if path not in files])
    tests += [line for file in test_files for line in _file_lines(reading, file, notes)]
    return Requirements(
        _valid(project, groups, own_name, notes),
        _valid(tests, groups, own_name, notes),
        tuple([*files, *test_files]),
        tuple(dict.fromkeys(notes)),
    )


def _groups(reading: Reading) -> Iterator[tuple[str, list[str]]]:
    """Every named list: extras, groups, poetry, pdm, hatch and tox; a name used twice is joined."""
    joined: dict[str, list[str]] = {}
    for name, value in reading.table("project", "optional-dependencies").items():
        joined.setdefault(name, []).extend(texts_of(value))
    for name in reading.table("dependency-groups"):
        joined.setdefault(name, []).extend(_dependency_group(reading, name, DEPTH_MAX))
    for name, value in reading.table("tool", "pdm", "dev-dependencies").items():
        joined.setdefault(name, []).extend(texts_of(value))
    for name, value in reading.table("tool", "poetry", "group").items():
        joined.setdefault(name, []).extend(_poetry(dig(value, "dependencies"), []))
    joined.setdefault("dev", []).extend(_poetry(reading.table("tool", "poetry", "dev-dependencies"), []))
    for name, value in reading.table("tool", "hatch", "envs").items():
        kind = "test" if name in ("hatch-test", "default") else name
        for key in ("dependencies", "extra-dependencies"):
            joined.setdefault(kind, []).extend(texts_of(dig(value, key)))
    for name, lines in _extras_require(reading):
        joined.setdefault(name, []).extend(lines)
    joined.setdefault("test", []).extend(_tox(reading, "testenv", DEPTH_MAX))
    yield from joined.items()


def _tox(reading: Reading, section: str, depth: int) -> Iterator[str]:
    """The `deps` of a tox section; `{[other]deps}` is followed, lines for other environments are left out."""
    for line in reading.ini("tox.ini", section, "deps").splitlines():
        other = re.fullmatch(r"\s*\{\[([^]]+)\]deps\}\s*", line)
        if other and depth:
            yield from _tox(reading, other[1], depth - 1)
        elif not re.match(r"\s*(-|\S+:)|.*\{", line):
            yield line


def _dependency_group(reading: Reading, name: str, depth: int) -> list[str]:
    listed = dig(reading.pyproject, "dependency-groups", name)
    found: list[str] = []
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, str):
            found.append(entry)
        elif depth and isinstance(inner := dig(entry, "include-group"), str):
            found += _dependency_group(reading, inner, depth - 1)
    return found


def _chosen(groups: Mapping[str, list[str]]) -> list[str]:
    """The groups named after tests; without any, those named after development."""
    for names in (TEST_NAMES, DEV_NAMES):
        lines = [line for name, found in groups.items() if canonicalize_name(name) in names for line in found]
        if lines:
            return lines
    return []


def _chosen_files(named: Sequence[str]) -> list[str]:
    for names in (TEST_NAMES, DEV_NAMES):
        files = [path for path in named if names & set(re.split(r"[^a-z]+", path.lower()))]
        if files:
            return files[:2]
    return []


def _poetry(table: object, notes: list[str]) -> list[str]:
    found = []
    for name, asked in table.items() if isinstance(table, Mapping) else ():
        if name == "python":
            continue
        first = asked[0] if isinstance(asked, list) and asked else asked
        version = first if isinstance(first, str) else dig(first, "version")
        if not isinstance(version, str):
            notes.append(f"requirement {name!r} has no version on an index and is left out")
            continue
        if dig(first, "optional") is True:
            continue
        extras = texts_of(dig(first, "extras"))
        found.append(f"{name}{'[' + ','.join(extras) + ']' if extras else ''}{poetry_range(version)}")
    return found


def poetry_range(version: str) -> str:
    """`^1.2` -> `>=1.2,<2`: poetry's ranges as the ones every installer reads."""
    parts = []
    for part in (p.strip() for p in version.split(",")):
        match = re.fullmatch(r"([\^~])\s*(\d+(?:\.\d+)*)(\S*)", part)
        if part in ("", "*"):
            continue
        if match is None:
            parts.append(part if part[0] in "<>=!~" else f"=={part}")
            continue
        numbers = [int(n) for n in match[2].split(".")]
        if match[1] == "~":
            place = min(1, len(numbers) - 1)
        else:
            place = next((i for i, n in enumerate(numbers) if n), len(numbers) - 1)
        upper = [*numbers[:place], numbers[place] + 1]
        parts.append(f">={match[2]}{match[3]},<{'.'.join(map(str, upper))}")
    return ",".join(parts)


def _setuptools(reading: Reading, key: str) -> list[str]:
    lines = reading.ini("setup.cfg", "options", key).splitlines()
    return [line for line in lines if line.strip()] or texts_of(_setup_call(reading).get(key))


def _extras_require(reading: Reading) -> Iterator[tuple[str, list[str]]]:
    reader = reading.inis.get("setup.cfg")
    if reader and reader.has_section("options.extras_require"):
        for name, value in reader.items("options.extras_require"):
            yield name, [line for line in value.splitlines() if line.strip()]
    extras = _setup_call(reading).get("extras_require")
    for name, value in extras.items() if isinstance(extras, Mapping) else ():
        yield str(name), texts_of(value)


def _setup_call(reading: Reading) -> dict[str, object]:
    """The literal arguments of `setup(...)` in setup.py; names assigned to literals are resolved."""
    try:
        tree = ast.parse(reading.texts.get("setup.py", ""))
    except (SyntaxError, ValueError, RecursionError):
        return {}
    names: dict[str, object] = {}
    for line in tree.body:
        if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
            names[line.targets[0].id] = _literal(line.value, names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "setup":
            return {k.arg: _literal(k.value, names) for k in node.keywords if k.arg}
    return {}


def _literal(node: ast.expr, names: Mapping[str, object]) -> object:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {_literal(k, names): _literal(v, names) for k, v in pairs if isinstance(k, ast.Constant)}
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return list(value) if isinstance(value, tuple | set) else value


def _file_lines(reading: Reading, path: str, notes: list[str], depth: int = DEPTH_MAX) -> Iterator[str]:
    text = reading.texts.get(path)
    if text is None:
        notes.append(f"{path} is named but not there")
        return
    for raw in text.replace("\\\n", " ").splitlines():
        line = re.sub(r"(^|\s)#.*$", "", raw).strip()
        included = re.match(r"(?:-r|--requirement)[ =]*(\S+)", line)
        if included and depth:
            yield from _file_lines(reading, normpath(join(dirname(path), included[1])), notes, depth - 1)
        elif editable := re.match(r"(?:-e|--editable)[ =]*(\.\S*)", line):
            yield editable[1]
        elif line and not line.startswith("-"):
            yield re.split(r"\s--", line)[0]


def _valid(
    lines: Iterable[str],
    groups: Mapping[str, list[str]],
    own_name: str,
    notes: list[str],
    depth: int = DEPTH_MAX,
) -> tuple[str, ...]:
    """Only well-formed requirements, each once; `own[extra]` stands for the list of that extra."""
    found: dict[str, None] = {}
    for raw in lines:
        line = re.sub(r"(^|\s)#.*$", "", raw).strip()
        if own := re.fullmatch(r"\.(/|\[.*\])?", line):
            line = f"{own_name}{own[1] or ''}" if own_name and own[1] != "/" else ""
        if not line:
            continue
        try:
            asked = Requirement(line)
        except InvalidRequirement:
            notes.append(f"requirement {line!r} cannot be read and is left out")
            continue
        if own_name and canonicalize_name(asked.name) == canonicalize_name(own_name):
            inner = (
                [more for extra in sorted(asked.extras) for more in groups.get(extra, ())] if depth else []
            )
            found |= dict.fromkeys(_valid(inner, groups, own_name, notes, depth - 1))
        elif asked.url:
            notes.append(f"requirement {line!r} lies outside the package index and is left out")
        else:
            found[str(asked)] = None
    return tuple(found)
