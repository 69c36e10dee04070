"""What a repository depends on, by its lock files and requirements. Pure.

A version that no file fixes is told as such: which one somebody will install is not known here. The files are
hostile: their bytes, what they name, and the time that a TOML key may take are bounded.
"""

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from packaging.requirements import InvalidRequirement, Requirement

from windlass.kernel import read_toml
from windlass.scan.version import name as same_name

FILE_MAX: Final = 16 * 1024 * 1024
"""Bytes of one file that is read."""
WHOLE_MAX: Final = 64 * 1024 * 1024
"""Bytes of all of them."""
FOUND_MAX: Final = 200_000
"""Dependencies of one file."""
LINE_MAX: Final = 10_000
"""Characters of one requirement."""
DOTS_MAX: Final = 10**8
"""The time to read a TOML key grows by the square of its dots: the sum of those squares, for two seconds."""
TABLE_MAX: Final = 100
"""Dots in the name of a TOML table, as every line below it costs so much."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """`version` is empty where no file fixes it; `name` too, where what is asked for is not read."""

    ecosystem: str
    name: str
    version: str
    path: str


@dataclass(frozen=True, slots=True)
class Listed:
    """`unknown`: what could not be told, and why."""

    found: tuple[Dependency, ...] = ()
    unknown: tuple[str, ...] = ()


_Told = Iterator[Dependency | str]
_Reader = Callable[[str, str], _Told]


def reads(path: str) -> bool:
    """Whether a file says what is depended on, here or in an ecosystem that nobody here reads."""
    return any(kind.fullmatch(path) for kind in _READERS)


def of_python(path: str) -> bool:
    """Whether such a file is about distributions of Python."""
    return any(kind.fullmatch(path) and eco == "PyPI" for kind, (eco, _) in _READERS.items())


def listed(paths: Sequence[str], contents: Iterable[tuple[str, bytes]]) -> Iterator[Listed]:
    """What each file says. `contents`: of those that are not larger than `FILE_MAX`."""
    left, whole = set(paths), 0
    for path, content in contents:
        left.discard(path)
        whole += len(content)
        if whole > WHOLE_MAX:
            yield Listed(unknown=(f"{path} and others were not read: over {WHOLE_MAX >> 20} MB together",))
            return
        yield read(path, content)
    for path in sorted(left):
        yield Listed(unknown=(f"{path} is larger than {FILE_MAX >> 20} MB and was not read",))


def read(path: str, content: bytes) -> Listed:
    """The dependencies of one file."""
    reader = next(reader for kind, (_, reader) in _READERS.items() if kind.fullmatch(path))
    found: list[Dependency] = []
    unknown: list[str] = []
    try:
        for one in reader(content.decode("utf-8-sig"), path):
            if isinstance(one, str):
                unknown.append(f"{path}: {one}")
            else:
                found.append(one)
            if len(found) + len(unknown) > FOUND_MAX:
                raise ValueError(f"it has more than {FOUND_MAX} dependencies")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return Listed(unknown=(f"{path} cannot be read: {type(error).__name__}: {str(error)[:200]}",))
    return Listed(tuple(found), tuple(unknown))


def settled(every: Iterable[Listed], installed: Mapping[str, str]) -> Listed:
    """All of them together. What one file leaves open is known if another one beside or above it fixes it, or
    if it is installed; and where Python's are left open, so is whatever those bring along.
    """
    every = list(every)
    told = [one for some in every for one in some.found]
    unknown = [why for some in every for why in some.unknown]
    found = [one for one in told if one.version]
    homes: dict[tuple[str, str], set[str]] = {}
    for one in found:
        homes.setdefault(_key(one), set()).add(_home(one.path))

    def fixed(one: Dependency) -> bool:
        at = f"{_home(one.path)}/"
        return any(at.startswith(f"{home}/" if home else "") for home in homes.get(_key(one), ()))

    have, spread = {same_name("PyPI", called) for called in installed}, set[str]()
    for one in (one for one in told if not one.version and not fixed(one)):
        if one.ecosystem != "PyPI" or not have or (one.name and _key(one)[1] not in have):
            unknown.append(f"{one.path}: no version of {one.name or 'what it asks for'} is fixed")
        elif _home(one.path) not in spread:
            spread.add(_home(one.path))
            more = [replace(one, name=called, version=version) for called, version in installed.items()]
            found += [each for each in more if not fixed(each)]
    return Listed(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(unknown)))


def _key(one: Dependency) -> tuple[str, str]:
    return one.ecosystem, same_name(one.ecosystem, one.name)


def _home(path: str) -> str:
    """The folder whose dependencies a file names: `requirements/dev.txt` those of the one above."""
    folder = posixpath.dirname(path)
    return posixpath.dirname(folder) if posixpath.basename(folder) == "requirements" else folder


def _unread(text: str, path: str) -> _Told:
    yield "it is of a kind that is not read"


def _asks(text: str, path: str) -> _Told:
    """Something that only an installation tells."""
    if re.search(r"_requires|packages\]", text):
        yield Dependency("PyPI", "", "", path)


def _requirements(text: str, path: str) -> _Told:
    for raw in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = re.sub(r"(?:^|\s)#.*", "", raw).strip()
        included = re.fullmatch(r"(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)", line)
        if included:
            other = posixpath.normpath(posixpath.join(posixpath.dirname(path), included[1]))
            if "://" in included[1] or other.startswith(("../", "/")) or not reads(other):
                yield f"it includes {included[1][:80]!r}, which is not read"
            continue
        line = re.sub(r"^(?:-e|--editable)[\s=]+", "", line)
        # not options, nor what lies in this repository
        if line and not re.match(r"--|-[if]\b|\.{1,2}(?:/|\[|$)", line):
            yield _requirement(re.split(r"\s--", line)[0].strip(), path)


def _requirement(line: str, path: str) -> Dependency | str:
    if len(line) > LINE_MAX:
        return f"{line[:80]!r} goes on for {len(line)} characters"
    try:
        asked = Requirement(line)
    except InvalidRequirement:
        return f"{line[:80]!r} names no package of an index"
    if asked.url:
        return f"{asked.name} comes from an address"
    pins = [one.version for one in asked.specifier if one.operator in ("==", "===")]
    exact = [version for version in pins if "*" not in version]
    return Dependency("PyPI", asked.name, exact[0] if exact else "", path)


def _project(text: str, path: str) -> _Told:
    document = _toml(text)
    project = document.get("project", {})
    own = same_name("PyPI", str(project.get("name", "")))
    groups = [project.get("dependencies", ()), *project.get("optional-dependencies", {}).values()]
    groups += document.get("dependency-groups", {}).values()
    for line in (line for group in groups for line in group if isinstance(line, str)):
        one = _requirement(line, path)
        if isinstance(one, str) or same_name("PyPI", one.name) != own:
            yield one
    if "dependencies" in project.get("dynamic", ()):
        yield Dependency("PyPI", "", "", path)
    poetry = document.get("tool", {}).get("poetry", {})
    tables = [poetry, *poetry.get("group", {}).values()]
    for called in (called for table in tables for called in table.get("dependencies", {})):
        if called != "python":
            yield Dependency("PyPI", called, "", path)


def _packages(ecosystem: str) -> _Reader:
    """Tables of name, version and where it comes from: uv, poetry, pdm, PEP 751, cargo."""

    def read(text: str, path: str) -> _Told:
        document = _toml(text)
        for one in document["packages"] if "packages" in document else document["package"]:
            source = one.get("source") or {}
            words = {source["type"]} if "type" in source else {*source, *one}
            if ecosystem == "crates.io":
                words = {str(source or "path").partition("+")[0]}
            if words & {"git", "hg", "url", "file", "vcs", "archive"}:
                yield f"{one['name']} comes from an address"
            elif not words & {"editable", "virtual", "directory", "path"}:  # those are of this repository
                yield Dependency(ecosystem, str(one["name"]), str(one.get("version", "")), path)

    return read


def _toml(text: str) -> dict[str, Any]:
    dots = [(line.count("."), line.lstrip().startswith("[")) for line in text.split("\n")]
    if sum(n * n for n, _ in dots) > DOTS_MAX or any(n > TABLE_MAX and table for n, table in dots):
        raise ValueError("its lines have too many dots")
    return read_toml(text)


def _pipfile(text: str, path: str) -> _Told:
    document = json.loads(text)
    for called, one in (*document["default"].items(), *document["develop"].items()):
        version = one.get("version", "")
        if version:
            yield Dependency("PyPI", called, version.removeprefix("=="), path)
        elif not one.get("editable"):
            yield f"{called} comes from an address"


def _npm(text: str, path: str) -> _Told:
    document = json.loads(text)
    packages = document.get("packages", {})
    for where, one in packages.items():
        if "node_modules/" in where and not one.get("link"):
            called = str(one.get("name") or where.rpartition("node_modules/")[2])
            if str(one.get("resolved", "")).startswith("git"):
                yield f"{called} comes from an address"
            else:
                yield Dependency("npm", called, str(one.get("version", "")), path)
    if not packages:
        yield from _npm_old(document.get("dependencies", {}), path)


def _npm_old(tables: Mapping[str, Any], path: str) -> _Told:
    for called, one in tables.items():
        yield Dependency("npm", called, str(one.get("version", "")), path)
        yield from _npm_old(one.get("dependencies", {}), path)


def _package(text: str, path: str) -> _Told:
    document = json.loads(text)
    for part in ("dependencies", "devDependencies", "optionalDependencies"):
        for called, version in document.get(part, {}).items():
            alias = re.fullmatch(r"npm:(@?[^@]+)(?:@.*)?", version)
            if not version.startswith(("file:", "link:", "workspace:")):
                yield Dependency("npm", alias[1] if alias else called, "", path)


def _go(text: str, path: str) -> _Told:
    """The `require` lines of go.mod, which since Go 1.17 name everything."""
    inside = False
    for raw in text.splitlines():
        line = raw.partition("//")[0].strip()
        if line.startswith("replace"):
            yield "it replaces modules, which is not followed"
        if line in ("require (", "require("):
            inside = True
        elif line == ")":
            inside = False
        found = re.fullmatch(r"(?:require\s+)?(\S+)\s+v(\d\S*)", line)
        if found and (inside or line.startswith("require")):
            yield Dependency("Go", found[1], found[2].removesuffix("+incompatible"), path)


_READERS: Final[Mapping[re.Pattern[str], tuple[str, _Reader]]] = {
    re.compile(f"(?:.*/)?(?:{kind})"): (ecosystem, reader)
    for kind, ecosystem, reader in (
        (r"[^/]*(?:requirements|constraints)[^/]*\.(?:txt|lock|in)", "PyPI", _requirements),
        (r"requirements/[^/]+\.(?:txt|lock|in)", "PyPI", _requirements),
        (r"pyproject\.toml", "PyPI", _project),
        (r"(?:uv|poetry|pdm)\.lock|pylock(?:\.[^/]+)?\.toml", "PyPI", _packages("PyPI")),
        (r"Pipfile\.lock", "PyPI", _pipfile),
        (r"Pipfile|setup\.py|setup\.cfg", "PyPI", _asks),
        (r"environment\.ya?ml|conda-lock\.yml", "PyPI", _unread),
        (r"package-lock\.json|npm-shrinkwrap\.json", "npm", _npm),
        (r"package\.json", "npm", _package),
        (r"Cargo\.lock", "crates.io", _packages("crates.io")),
        (r"go\.mod", "Go", _go),
        (
            r"yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|Gemfile\.lock|composer\.lock|pom\.xml|mix\.lock"
            r"|build\.gradle(?:\.kts)?|gradle\.lockfile|Package\.resolved|pubspec\.lock|packages\.lock\.json",
            "", _unread,
        ),
    )
}  # fmt: skip
"""Files by their names, with the ecosystem that they are about; empty: one that is not read here."""
