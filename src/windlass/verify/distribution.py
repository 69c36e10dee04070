"""The project's own identity, read as text, so that its checks can import it and find its metadata without
installing it.
"""

import ast
import configparser
import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from windlass.verify.requirements import ini, strings, table, toml

FALLBACK: Final = "0.0.0"
"""The version of a project that takes it from tags: a clean checkout has none."""
SCRIPTS_MAX: Final = 200
_SCRIPT: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_PLACE: Final = re.compile(r"[A-Za-z_][\w.]{0,200}:[A-Za-z_][\w.]{0,200}", re.ASCII)
_VERSION_KEYS = ("version_file", "write_to", "version-file")


@dataclass(frozen=True, slots=True)
class Distribution:
    """`generated`: files that a build would write into the checkout. `metadata`: the files of its dist-info,
    by path. `scripts`: what an installation puts on the PATH, by name, as `module:object`.
    `roots`: directories of the checkout that belong on the import path."""

    name: str
    version: str
    requires_python: str
    roots: tuple[str, ...]
    generated: Mapping[str, str]
    metadata: Mapping[str, str]
    scripts: Mapping[str, str] = field(default_factory=dict)


def distribution(files: Collection[str], texts: Mapping[str, str]) -> Distribution:
    """What pyproject.toml, setup.cfg and setup.py say; everything missing gets a harmless value."""
    document, config = toml(texts.get("pyproject.toml", "")), ini(texts.get("setup.cfg", ""))
    project, setup = table(document, "project"), _setup_keywords(texts.get("setup.py", ""))
    poetry = table(document, "tool", "poetry")
    said = {
        "name": (project.get("name"), poetry.get("name"), _option(config, "metadata", "name"),
        setup.get("name")),
        "version": (
            project.get("version"), poetry.get("version"), _option(config, "metadata", "version"),
            setup.get("version")
        ),
        "requires": (
            project.get("requires-python"), _option(config, "options", "python_requires"),
            setup.get("python_requires")
        ),
    }  # fmt: skip
    name, version, requires = (next((str(v) for v in values if v), "") for values in said.values())
    scm = {
        **table(document, "tool", "setuptools_scm"),
        **table(document, "tool", "hatch", "build", "hooks", "vcs"),
    }
    number = _number(version) or _assigned(texts) or _number(str(scm.get("fallback_version", ""))) or FALLBACK
    generated = {str(scm[k]): _version_file(number) for k in _VERSION_KEYS if isinstance(scm.get(k), str)}
    points = {**_setup_points(texts.get("setup.py", "")), **_points(project, config)}
    for script, place in table(poetry, "scripts").items():
        points.setdefault(f"console_scripts|{script}", str(place))
    metadata = _metadata(name, number, points, [*_said(project), *_needs(project)])
    roots, generated = _roots(files, document, config), _inside(generated)
    return Distribution(name, number, requires, roots, generated, metadata, _scripts(points))


def _scripts(points: Mapping[str, str]) -> dict[str, str]:
    """What of the entry points is a program; those with a strange name or place are none."""
    found = {}
    for key, place in points.items():
        group, _, script = key.partition("|")
        place = place.partition("[")[0].replace(" ", "")
        if group.endswith("_scripts") and _SCRIPT.fullmatch(script) and _PLACE.fullmatch(place):
            found[script] = place
    return dict(islice(sorted(found.items()), SCRIPTS_MAX))


def _points(project: Mapping[str, object], config: configparser.ConfigParser) -> dict[str, str]:
    """Entry points as `group|name` to the object's path."""
    groups = {"console_scripts": table(project, "scripts"), "gui_scripts": table(project, "gui-scripts")}
    named = table(project, "entry-points")
    groups.update({group: table(named, group) for group in named})
    declared = {f"{group}|{name}": str(v) for group, points in groups.items() for name, v in points.items()}
    return {**declared, **_entry_points(config)}


def _roots(files: Collection[str], document: object, config: configparser.ConfigParser) -> tuple[str, ...]:
    """Where packages live: the declared directory, else `src` if it holds Python, and always the top."""
    mapping = table(document, "tool", "setuptools", "package-dir").get("")
    declared = str(mapping or _option(config, "options", "package_dir").replace("=", "").strip() or "")
    candidates = [declared, "src", "lib"]
    tops = {path.split("/", 1)[0] for path in files if path.endswith(".py") and "/" in path}
    packages = {path.rsplit("/", 1)[0] for path in files if path.endswith("/__init__.py")}
    found = [c for c in candidates if c and c in tops and c not in packages and ".." not in c]
    return (*dict.fromkeys(found), "")


def _needs(project: Mapping[str, object]) -> list[str]:
    return [f"Requires-Dist: {line}" for line in strings(project.get("dependencies"))]


def _said(project: Mapping[str, object]) -> Iterator[str]:
    """What `[project]` says for people, under the names of the core metadata."""
    if isinstance(summary := project.get("description"), str):
        yield f"Summary: {summary}"
    yield from (f"Project-URL: {label}, {url}" for label, url in table(project, "urls").items())
    for role in ("Author", "Maintainer"):
        named = project.get(f"{role.lower()}s")
        people = [one for one in named if isinstance(one, dict)] if isinstance(named, list) else []
        mails = [f"{one['name']} <{one['email']}>" if "name" in one else str(one["email"])
                 for one in people if "email" in one]  # fmt: skip
        names = [str(one["name"]) for one in people if "name" in one and "email" not in one]
        told = ((f"{role}-email", mails), (role, names))
        yield from (f"{key}: {', '.join(found)}" for key, found in told if found)


def _metadata(name: str, number: str, points: Mapping[str, str], lines: list[str]) -> dict[str, str]:
    """A dist-info as PEP 376 and the entry points specification describe it."""
    normal = re.sub(r"[-_.]+", "_", name)
    folder = f"{normal}-{number}.dist-info"
    if not name or "/" in folder or "\0" in folder:
        return {}
    more = "".join(f"{line}\n" for line in lines if "\n" not in line and "\r" not in line)
    files = {
        f"{folder}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n{more}",
        f"{folder}/INSTALLER": "windlass\n",
    }
    groups: dict[str, list[str]] = {}
    for key, value in points.items():
        group, _, point = key.partition("|")
        groups.setdefault(group, []).append(f"{point} = {value}")
    if groups:
        files[f"{folder}/entry_points.txt"] = "".join(
            f"[{group}]\n" + "\n".join(lines) + "\n" for group, lines in groups.items()
        )
    return files


def _entry_points(config: configparser.ConfigParser) -> dict[str, str]:
    found: dict[str, str] = {}
    if config.has_section("options.entry_points"):
        for group, lines in config["options.entry_points"].items():
            for line in lines.splitlines():
                point, equals, value = line.partition("=")
                if equals:
                    found[f"{group}|{point.strip()}"] = value.strip()
    return found


def _assigned(texts: Mapping[str, str]) -> str:
    """`__version__ = "…"` in any of the texts read, the way flit, hatch and `attr:` find it."""
    for path in sorted(texts):
        if path.endswith(".py") and (
            match := re.search(r"^__version__(?:: str)? = [\"']([^\"']+)[\"']", texts[path], re.M)
        ):
            return _number(match[1])
    return ""


def _setup_keywords(text: str) -> dict[str, str]:
    """Literal string keywords of the call of `setup`."""
    return {
        name: value.value
        for name, value in _setup_call(text).items()
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def _setup_points(text: str) -> dict[str, str]:
    """Entry points that the call of `setup` has literally: a table of lists or texts, or one INI text."""
    try:
        given = ast.literal_eval(_setup_call(text)["entry_points"])
    except (KeyError, ValueError, TypeError, MemoryError, RecursionError):
        return {}
    if isinstance(given, str):
        parser = ini(given)
        given = {group: [f"{name}={value}" for name, value in parser[group].items()] for group in parser}
    found: dict[str, str] = {}
    for group, lines in given.items() if isinstance(given, dict) else ():
        for line in lines.splitlines() if isinstance(lines, str) else strings(lines):
            name, equals, value = line.partition("=")
            if equals:
                found[f"{group}|{name.strip()}"] = value.strip()
    return found


def _setup_call(text: str) -> dict[str, ast.expr]:
    """The keywords of the call of `setup`; nothing is executed."""
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    calls = [n for n in ast.walk(module) if isinstance(n, ast.Call) and ast.unparse(n.func).endswith("setup")]
    return {keyword.arg: keyword.value for call in calls for keyword in call.keywords if keyword.arg}


def _option(config: configparser.ConfigParser, section: str, option: str) -> str:
    return config[section].get(option, "").strip() if config.has_section(section) else ""


def _number(version: str) -> str:
    return version if re.fullmatch(r"[0-9][0-9A-Za-z.!+-]{0,60}", version) else ""


def _version_file(number: str) -> str:
    parts = ", ".join(part for part in number.split(".")[:3] if part.isdigit()) or "0"
    return (
        f'__version__ = version = "{number}"\n__version_tuple__ = version_tuple = ({parts},)\n'
        "__commit_id__ = commit_id = None\n"
    )


def _inside(files: Mapping[str, str]) -> dict[str, str]:
    return {
        posixpath.normpath(path): text for path, text in files.items()
        if not path.startswith("/") and ".." not in path.split("/") and path.endswith(".py")
    }  # fmt: skip
