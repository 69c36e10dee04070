"""What a Python project says it needs for its tests, read as text. Nothing of the project is executed."""

import ast
import configparser
import posixpath
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from windlass.kernel import read_toml

TESTING: Final = ("test", "tests", "testing", "pytest")
DEVELOPING: Final = ("dev", "develop", "development")
TYPING: Final = ("typing", "types", "mypy")
CHECKERS: Final = ("mypy", "pyright", "basedpyright")
FILES: Final = re.compile(
    r"(requirements/|(test|tests)/)?(requirements|constraints|(requirements[-_.])?"
    r"(dev|develop|test|tests|testing|ci|base|main|install)([-_.]?requirements)?)\.txt"
)
NESTED_MAX: Final = 10
LINES_MAX: Final = 2_000
_OPTION = re.compile(r"^(?:-r|--requirement|-c|--constraint)[ =]?\s*(\S+)")
_FACTOR = re.compile(r"^(!?[\w.,{}!-]+):\s+")
_CARET = re.compile(r"^[\^~]\s*(\d+(?:\.\d+)*.*)$")


@dataclass(frozen=True, slots=True)
class Source:
    """One place that names requirements; `constraints` only narrow what others ask for."""

    name: str
    lines: tuple[str, ...]
    constraints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Every source found, most important first, and what cannot be installed from wheels of an index."""

    sources: tuple[Source, ...]
    unusable: tuple[str, ...] = ()


def wanted(texts: Mapping[str, str], name: str, *, typing: bool) -> Wanted:
    """Collect the project's own requirements, then those for its tests; `name` is the project's, never
    installed.
    """
    tox = ini(texts.get("tox.ini", ""))
    nox = list(_nox_words(texts.get("noxfile.py", "")))
    named = frozenset(canonicalize_name(key) for key in (*_tox_names(tox), *_nox_names(nox)))
    found = [
        *_pyproject(texts.get("pyproject.toml", ""), named, typing=typing),
        *_setup_cfg(texts.get("setup.cfg", "")),
    ]
    found += _setup_py(texts.get("setup.py", ""))
    found += [
        _file(path, texts) for path in sorted(texts) if FILES.fullmatch(path) and "constraints" not in path
    ]
    found += [*_tox(tox, texts), _nox(nox, texts)]
    unusable: list[str] = []
    sources = []
    for source in found:
        good = tuple(_usable(source, name, unusable))
        if good:
            sources.append(
                Source(source.name, good, tuple(c for c in source.constraints if _parsed(c) is not None))
            )
    return Wanted(tuple(sources), tuple(dict.fromkeys(unusable)))


def toml(text: str) -> dict[str, Any]:
    """A TOML document, or an empty one when it is broken: then the project's own tools say so."""
    try:
        return read_toml(text)
    except tomllib.TOMLDecodeError:
        return {}


def ini(text: str) -> configparser.ConfigParser:
    """An INI document, empty when it is broken."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return configparser.ConfigParser(interpolation=None)
    return parser


def table(document: object, *keys: str) -> dict[str, Any]:
    """The table at a path of keys, empty when anything on the way is not a table."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _pyproject(text: str, named: Collection[str], *, typing: bool) -> Iterator[Source]:
    """`named`: extras and groups that something else of the project says its tests need."""
    document = toml(text)
    project = table(document, "project")
    yield Source("[project] dependencies", tuple(strings(project.get("dependencies"))))
    groups, extras = table(document, "dependency-groups"), table(project, "optional-dependencies")
    hooks = table(document, "tool", "hatch", "metadata", "hooks")
    for hook in hooks:
        extras = {**table(hooks, hook, "optional-dependencies"), **extras}
    names = {canonicalize_name(key) for key in (*groups, *extras)}
    picked = [*TESTING, *named, *(TYPING if typing else ())]
    if not names & set(TESTING):
        picked += DEVELOPING
    for kind, key, lines in (
        *(("extra", key, _with_extras(strings(lines), extras)) for key, lines in extras.items()),
        *(("group", key, _group(groups, key, 0)) for key in groups),
    ):
        if canonicalize_name(key) in picked:
            yield Source(f"{kind} {key}", tuple(lines))
        elif typing:  # what else it names is not for checks: documentation, releases
            yield Source(f"types of {kind} {key}", tuple(line for line in lines if _types(line)))
    yield from _poetry(table(document, "tool", "poetry"))
    dynamic = table(document, "tool", "setuptools", "dynamic", "dependencies")
    if files := strings(dynamic.get("file")) or ([str(dynamic["file"])] if "file" in dynamic else []):
        yield Source("dynamic dependencies", tuple(f"-r {path}" for path in files))


def _types(line: str) -> bool:
    """Whether a requirement checks types, or is stubs for that."""
    requirement = _parsed(line)
    name = "" if requirement is None else canonicalize_name(requirement.name)
    return name in CHECKERS or name.startswith("types-") or name.endswith("-stubs")


def _with_extras(lines: Iterable[str], extras: Mapping[str, Any]) -> Iterator[str]:
    """Replace `project[other]` by the lines of that extra; only names matter here, `_usable` drops the
    project itself.
    """
    for line in lines:
        yield line
        requirement = _parsed(line)
        for extra in sorted(requirement.extras) if requirement else ():
            yield from strings(extras.get(extra))


def _group(groups: Mapping[str, Any], key: str, depth: int) -> Iterator[str]:
    """PEP 735: strings and `{include-group = …}`."""
    entries = groups.get(key)
    for entry in entries if isinstance(entries, list) and depth <= NESTED_MAX else []:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict) and isinstance(entry.get("include-group"), str):
            yield from _group(groups, entry["include-group"], depth + 1)


def _poetry(poetry: Mapping[str, Any]) -> Iterator[Source]:
    yield Source("poetry dependencies", tuple(_poetry_lines(table(poetry, "dependencies"))))
    yield Source("poetry dev-dependencies", tuple(_poetry_lines(table(poetry, "dev-dependencies"))))
    for key, group in table(poetry, "group").items():
        if canonicalize_name(key) in (*TESTING, *DEVELOPING):
            yield Source(f"poetry group {key}", tuple(_poetry_lines(table(group, "dependencies"))))


def _poetry_lines(dependencies: Mapping[str, Any]) -> Iterator[str]:
    for name, given in dependencies.items():
        version = given.get("version", "*") if isinstance(given, dict) else given
        if name.lower() == "python" or not isinstance(version, str):
            continue
        extras = strings(given.get("extras")) if isinstance(given, dict) else []
        suffix = f"[{','.join(extras)}]" if extras else ""
        yield f"{name}{suffix}{_poetry_version(version)}"


def _poetry_version(version: str) -> str:
    """`^1.2` as `>=1.2,<2`; the upper bound of `~` is as strict as PEP 440's `~=` needs, so only the lower
    one is kept.
    """
    if version.strip() in ("*", ""):
        return ""
    if match := _CARET.match(version.strip()):
        major = match[1].split(".")[0]
        upper = f",<{int(major) + 1}" if version.strip().startswith("^") and major != "0" else ""
        return f">={match[1]}{upper}"
    return version if version.strip()[0] in "<>=!~" else f"=={version.strip()}"


def _setup_cfg(text: str) -> Iterator[Source]:
    parser = ini(text)
    if parser.has_section("options"):
        yield Source("setup.cfg install_requires", _lines(parser["options"].get("install_requires", "")))
        yield Source("setup.cfg tests_require", _lines(parser["options"].get("tests_require", "")))
    if parser.has_section("options.extras_require"):
        section = parser["options.extras_require"]
        wanted_names = TESTING if set(section) & set(TESTING) else (*TESTING, *DEVELOPING)
        for key in section:
            if canonicalize_name(key) in wanted_names:
                yield Source(f"setup.cfg extra {key}", _lines(section[key]))


def _setup_py(text: str) -> Iterator[Source]:
    """Literal lists handed to `setup(...)`, directly or by a module-level name; anything computed stays
    unknown.
    """
    module = _module(text)
    names = {
        target.id: node.value
        for node in module.body if isinstance(node, ast.Assign)
        for target in node.targets if isinstance(target, ast.Name)
    }  # fmt: skip
    for call in (node for node in ast.walk(module) if isinstance(node, ast.Call)):
        if not (isinstance(call.func, (ast.Name, ast.Attribute)) and "setup" in ast.unparse(call.func)):
            continue
        for keyword in call.keywords:
            value = names.get(keyword.value.id) if isinstance(keyword.value, ast.Name) else keyword.value
            if keyword.arg in ("install_requires", "tests_require"):
                yield Source(f"setup.py {keyword.arg}", tuple(strings(_literal(value))))
            if keyword.arg == "extras_require" and isinstance(extras := _literal(value), dict):
                for key in extras:
                    if key in (*TESTING, *DEVELOPING):
                        yield Source(f"setup.py extra {key}", tuple(strings(extras[key])))


def _module(text: str) -> ast.Module:
    """The syntax tree of a file, empty when it is broken."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _literal(node: ast.expr | None) -> object:
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None


def _tox(tox: configparser.ConfigParser, texts: Mapping[str, str]) -> Iterator[Source]:
    """`deps` of `[testenv]`: lines without a factor or for what is not some factor; `{[section]deps}` is
    followed, other substitutions are left out.
    """
    lines: list[str] = []
    constraints: list[str] = []
    for line in _tox_lines(tox, "testenv", "deps"):
        # tox allows `-rfile`, and paths from the folder of tox.ini.
        plain = re.sub(r"^-([rc])(?=\S)", r"-\1 ", line.replace("{toxinidir}/", ""))
        if match := _OPTION.match(plain):
            target = constraints if plain.startswith(("-c", "--constraint")) else lines
            _read(posixpath.normpath(match[1]), texts, target, constraints)
        elif "{" not in plain:
            lines.append(plain)
    yield Source("tox.ini [testenv] test deps", tuple(lines), tuple(constraints))


def _tox_names(tox: configparser.ConfigParser) -> Iterator[str]:
    """Extras and dependency groups that `[testenv]` installs for every environment."""
    for key in ("extras", "dependency_groups"):
        for line in _tox_lines(tox, "testenv", key):
            yield from (word for word in re.split(r"[,\s]+", line) if re.fullmatch(r"[\w.-]+", word))


def _nox_words(text: str) -> Iterator[str]:
    """Literal words that test sessions hand to `session.install`; nothing is executed."""
    for function in ast.walk(_module(text)):
        if isinstance(function, ast.FunctionDef) and "test" in function.name.lower():
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            for call in (c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "install"):
                yield from (word for arg in call.args if isinstance(word := _literal(arg), str))


def _nox(words: Sequence[str], texts: Mapping[str, str]) -> Source:
    lines: list[str] = []
    constraints: list[str] = []
    for word, before in zip(words, ("", *words), strict=False):
        if before in ("-r", "--requirement", "-c", "--constraint"):
            _read(posixpath.normpath(word), texts, constraints if "c" in before[:3] else lines, constraints)
        elif not word.startswith(("-", ".")):
            lines.append(word)
    return Source("noxfile.py test sessions", tuple(lines), tuple(constraints))


def _nox_names(words: Sequence[str]) -> Iterator[str]:
    """Extras in `.[test,cli]`."""
    for word in words:
        if match := re.fullmatch(r"\.\[([\w.,\s-]+)\]", word):
            yield from (name.strip() for name in match[1].split(",") if name.strip())


def _tox_lines(tox: configparser.ConfigParser, section: str, key: str, depth: int = 0) -> Iterator[str]:
    text = tox[section].get(key, "") if tox.has_section(section) else ""
    for line in _lines(text) if depth <= NESTED_MAX else ():
        factor = _FACTOR.match(line)
        if factor is not None and not factor[1].startswith("!"):
            continue
        plain = line[factor.end() :] if factor else line
        if match := re.fullmatch(r"\{\[([^\]]+)\]([\w-]+)\}", plain):
            yield from _tox_lines(tox, match[1], match[2], depth + 1)
        else:
            yield plain


def _file(path: str, texts: Mapping[str, str]) -> Source:
    lines: list[str] = []
    constraints: list[str] = []
    _read(path, texts, lines, constraints)
    return Source(path, tuple(lines), tuple(constraints))


def _read(
    path: str, texts: Mapping[str, str], into: list[str], constraints: list[str], depth: int = 0
) -> None:
    folded = texts.get(path, "").replace("\\\n", " ")
    for line in _lines(folded):
        if len(into) + len(constraints) > LINES_MAX or depth > NESTED_MAX:
            return
        if match := _OPTION.match(line):
            nested = posixpath.normpath(posixpath.join(posixpath.dirname(path), match[1]))
            target = constraints if line.startswith(("-c", "--constraint")) else into
            _read(nested, texts, target, constraints, depth + 1)
        elif not line.startswith("--"):
            into.append(line)


def _lines(text: str) -> tuple[str, ...]:
    stripped = (re.sub(r"(^|\s)#.*$", "", line).strip() for line in text.splitlines()[:LINES_MAX])
    return tuple(line for line in stripped if line)


def _usable(source: Source, name: str, unusable: list[str]) -> Iterator[str]:
    for line in source.lines:
        bare = re.sub(r"\s+--hash[= ]\S+", "", line).strip()
        requirement = _parsed(bare)
        if (
            requirement is not None
            and name
            and canonicalize_name(requirement.name) == canonicalize_name(name)
        ):
            continue
        if requirement is not None and requirement.url is None:
            yield bare
        elif bare not in ("-e .", "-e.", ".", "--editable .") and not bare.startswith(("-e .[", ".[")):
            unusable.append(bare)


def _parsed(line: str) -> Requirement | None:
    try:
        return Requirement(line)
    except InvalidRequirement:
        return None
