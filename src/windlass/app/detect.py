"""Tell a project's tools from its tracked paths and a few small files; nothing of it is run. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from posixpath import basename, dirname

from packaging.requirements import Requirement

from windlass.app.detect_reading import TEST_FILE, Reading, dig, read, texts_of
from windlass.app.detect_requirements import requirements
from windlass.languages import Suite, languages_of, suites_of

SIDE_FOLDERS = frozenset(
    {
        "tests", "test", "testing", "docs", "doc", "examples", "example", "samples", "benchmarks",
        "benchmark", "script", "scripts", "tools", "vendor", "third_party", "_vendor", "node_modules",
        "build", "dist", "ci", "notebooks",
    }
)  # fmt: skip
LANGUAGES = {
    "package.json": "node", "go.mod": "go", "Cargo.toml": "rust", "pom.xml": "java", "build.gradle": "java",
    "build.gradle.kts": "java", "Gemfile": "ruby", "composer.json": "php", "Package.swift": "swift",
}  # fmt: skip
CONTRACT = re.compile(r"([\w-]*[.-])?(openapi|swagger|asyncapi)([.-][\w.-]*)?\.(ya?ml|json)", re.IGNORECASE)
ROOTS_MAX = 5
PROGRAMS = ("npm", "go", "cargo", "cargo-fmt", "cargo-clippy", "mvn", "gradle")
"""A proposal is about the project, not about what this machine has."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool the project uses; `config` is the file that says so, empty when it is only listed."""

    name: str
    config: str = ""


JUDGED = frozenset({"ruff", "ruff format", "mypy", "pyright"})
"""The linters, formatters and type checkers that run by themselves; others only where [verify] names them."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another language that is there."""

    language: str
    manifest: str


@dataclass(frozen=True, slots=True)
class Detected:
    """What is known of a project; empty where nothing was found. `suites`: what runs in other languages.
    `contracts`: files that are called like a description of a service. `listed`: packages that it names in
    whichever list, lower case.
    """

    name: str
    package_manager: str
    test_runner: Tool | None
    linters: tuple[Tool, ...]
    formatters: tuple[Tool, ...]
    type_checkers: tuple[Tool, ...]
    source_roots: tuple[str, ...]
    packages: tuple[str, ...]
    test_dirs: tuple[str, ...]
    requires_python: str
    requirements: tuple[str, ...]
    test_requirements: tuple[str, ...]
    requirement_files: tuple[str, ...]
    others: tuple[Other, ...]
    suites: tuple[Suite, ...]
    contracts: tuple[str, ...]
    listed: frozenset[str]
    notes: tuple[str, ...]

    @property
    def tools(self) -> tuple[Tool, ...]:
        """Its linters, formatters and type checkers."""
        return (*self.linters, *self.formatters, *self.type_checkers)

    @property
    def unchecked(self) -> tuple[Other, ...]:
        """Languages that nothing is run for, until the owner says what."""
        checked = languages_of([one.manifest for one in self.others]) if self.suites else ()
        return tuple(one for one in self.others if one.language not in checked)

    @property
    def python(self) -> bool:
        """Is there any Python to care for?"""
        return bool(self.source_roots or self.test_dirs or self.package_manager)


def detect(paths: Sequence[str], files: Mapping[str, bytes]) -> Detected:
    """Judge a project by its tracked `paths` and the content of those that `wanted` names."""
    reading = read(paths, files)
    name = _name(reading)
    needed = requirements(reading, name)
    listed = _listed([*needed.project, *needed.tests]) | _listed(_every_group(reading))
    packages = _packages(paths)
    test_dirs = _test_dirs(reading)
    return Detected(
        name=name,
        package_manager=_package_manager(reading),
        test_runner=_test_runner(reading, listed, test_dirs),
        linters=_present(reading, listed, LINTERS),
        formatters=_formatters(reading, listed),
        type_checkers=_present(reading, listed, TYPE_CHECKERS),
        source_roots=_source_roots(reading, packages),
        packages=packages,
        test_dirs=test_dirs,
        requires_python=_requires_python(reading),
        requirements=needed.project,
        test_requirements=needed.tests,
        requirement_files=needed.files,
        others=_others(paths),
        suites=suites_of(paths, reading.texts, PROGRAMS),
        contracts=tuple(sorted(p for p in paths if CONTRACT.fullmatch(basename(p)) and not _aside(p))),
        listed=frozenset(listed),
        notes=(*reading.notes, *needed.notes),
    )


@dataclass(frozen=True, slots=True)
class Sign:
    """What gives a tool away: its files, a table in pyproject.toml, sections in ini files, hook ids."""

    name: str
    files: tuple[str, ...]
    table: tuple[str, ...]
    sections: tuple[tuple[str, str], ...] = ()
    hooks: tuple[str, ...] = ()


RUFF = Sign("ruff", ("ruff.toml", ".ruff.toml"), ("tool", "ruff"), hooks=("ruff", "ruff-check"))
LINTERS = (
    RUFF,
    Sign(
        "flake8", (), ("tool", "flake8"),
        (("setup.cfg", "flake8"), ("tox.ini", "flake8"), (".flake8", "flake8")), ("flake8",),
    ),
    Sign("pylint", (".pylintrc", "pylintrc"), ("tool", "pylint"), hooks=("pylint",)),
)  # fmt: skip
FORMATTERS = (
    Sign("black", (), ("tool", "black"), hooks=("black", "black-jupyter")),
    Sign(
        "isort",
        (".isort.cfg",),
        ("tool", "isort"),
        (("setup.cfg", "isort"), ("tox.ini", "isort")),
        ("isort",),
    ),
)
TYPE_CHECKERS = (
    Sign("mypy", ("mypy.ini", ".mypy.ini"), ("tool", "mypy"), (("setup.cfg", "mypy"),), ("mypy",)),
    Sign("pyright", ("pyrightconfig.json",), ("tool", "pyright"), hooks=("pyright", "basedpyright")),
)
PYTEST = Sign(
    "pytest",
    ("pytest.ini", ".pytest.ini"),
    ("tool", "pytest"),
    (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")),
)


def _find(reading: Reading, sign: Sign) -> Tool | None:
    """The tool with the file that configures it."""
    for file in sign.files:
        if file in reading.paths:
            return Tool(sign.name, file)
    if reading.has(*sign.table):
        return Tool(sign.name, "pyproject.toml")
    for file, section in sign.sections:
        if reading.ini_section(file, section):
            return Tool(sign.name, file)
    if reading.hooks() & set(sign.hooks):
        return Tool(sign.name, ".pre-commit-config.yaml")
    return None


def _present(reading: Reading, listed: set[str], signs: Iterable[Sign]) -> tuple[Tool, ...]:
    found = []
    for sign in signs:
        tool = _find(reading, sign) or (Tool(sign.name) if sign.name in listed else None)
        if tool is not None:
            found.append(tool)
    return tuple(found)


def _formatters(reading: Reading, listed: set[str]) -> tuple[Tool, ...]:
    """Black and isort by their own signs; `ruff format` only where the project says it formats with ruff."""
    found = list(_present(reading, listed, FORMATTERS))
    if reading.has("tool", "ruff", "format"):
        found.insert(0, Tool("ruff format", "pyproject.toml"))
    elif "ruff-format" in reading.hooks():
        found.insert(0, Tool("ruff format", ".pre-commit-config.yaml"))
    else:
        ruff_files = [f for f in RUFF.files if re.search(r"^\[format\]", reading.texts.get(f, ""), re.M)]
        found[:0] = [Tool("ruff format", file) for file in ruff_files[:1]]
    return tuple(found)


def _listed(lines: Iterable[str]) -> set[str]:
    """Names of well-formed requirements, lower case."""
    return {match[0].lower() for line in lines if (match := re.match(r"\s*[A-Za-z0-9][\w.-]*", line))}


def _every_group(reading: Reading) -> list[str]:
    """All lines of all extras and groups: a linter in `lint` is the project's, though no test needs it."""
    tables = (reading.table("project", "optional-dependencies"), reading.table("dependency-groups"))
    lines = [line for table in tables for value in table.values() for line in texts_of(value)]
    for group in reading.table("tool", "poetry", "group").values():
        inner = dig(group, "dependencies")
        lines += list(inner) if isinstance(inner, Mapping) else []
    return [*lines, *reading.table("tool", "poetry", "dev-dependencies")]


def _test_runner(reading: Reading, listed: set[str], test_dirs: Sequence[str]) -> Tool | None:
    if (tool := _find(reading, PYTEST)) is not None:
        return tool
    names = {basename(path) for path in reading.paths}
    samples = "\n".join(text for path, text in reading.texts.items() if TEST_FILE.search(path))
    tox = reading.texts.get("tox.ini", "")
    if (
        "conftest.py" in names
        or "pytest" in listed
        or "pytest" in tox
        or re.search(r"^(import|from) pytest", samples, re.M)
    ):
        return Tool("pytest")
    return Tool("unittest") if test_dirs else None


def _name(reading: Reading) -> str:
    for found in (
        dig(reading.pyproject, "project", "name"),
        dig(reading.pyproject, "tool", "poetry", "name"),
        reading.ini("setup.cfg", "metadata", "name"),
    ):
        if isinstance(found, str) and found:
            return found
    match = re.search(r"""\bname\s*=\s*["']([\w.-]+)["']""", reading.texts.get("setup.py", ""))
    return match[1] if match else ""


def _requires_python(reading: Reading) -> str:
    said = dig(reading.pyproject, "project", "requires-python") or reading.ini(
        "setup.cfg", "options", "python_requires"
    )
    if isinstance(said, str) and said:
        return said
    match = re.search(r"""\bpython_requires\s*=\s*["']([^"']+)["']""", reading.texts.get("setup.py", ""))
    return match[1] if match else ""


def _package_manager(reading: Reading) -> str:
    there = set(reading.paths)
    for name, files, table in (
        ("uv", {"uv.lock"}, ("tool", "uv")),
        ("poetry", {"poetry.lock"}, ("tool", "poetry")),
        ("pdm", {"pdm.lock"}, ("tool", "pdm")),
        ("pipenv", {"Pipfile", "Pipfile.lock"}, ()),
        ("hatch", {"hatch.toml"}, ("tool", "hatch", "envs")),
        ("conda", {"environment.yml", "environment.yaml"}, ()),
    ):
        if files & there or (table and reading.has(*table)):
            return name
    return "pip" if {"pyproject.toml", "setup.py", "setup.cfg", "requirements.txt"} & there else ""


def _aside(path: str) -> bool:
    parts = path.split("/")
    return any(p in SIDE_FOLDERS or p.startswith((".", "test_")) or p.endswith("_tests") for p in parts)


def _packages(paths: Sequence[str]) -> tuple[str, ...]:
    """Folders of top-level packages, largest first: inside no other package, outside tests and docs."""
    homes = {dirname(path) for path in paths if basename(path) == "__init__.py"}
    tops = {home for home in homes if home and not _aside(home) and not _above(home, homes)}
    sizes = Counter(top for path in paths if path.endswith(".py") for top in _above(path, tops))
    return tuple(top for top, _ in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0])))


def _above(path: str, tops: set[str]) -> list[str]:
    found, folder = [], dirname(path)
    while folder:
        if folder in tops:
            found.append(folder)
        folder = dirname(folder)
    return found


def _source_roots(reading: Reading, packages: Sequence[str]) -> tuple[str, ...]:
    """Folders from which the project's modules are imported, e.g. `src` or `.`."""
    named = texts_of(dig(reading.pyproject, "tool", "setuptools", "packages", "find", "where"))
    named += texts_of(dig(reading.pyproject, "tool", "setuptools", "package-dir", ""))
    named += texts_of(reading.ini("setup.cfg", "options.packages.find", "where") or None)
    named = [root.strip("/") or "." for root in named if _holds_python(reading.paths, root)]
    roots = [*named, *(dirname(package) or "." for package in packages)]
    if not roots and any(p.startswith("src/") and p.endswith(".py") for p in reading.paths):
        roots = ["src"]
    if not roots and any("/" not in p and p.endswith(".py") and p != "setup.py" for p in reading.paths):
        roots = ["."]
    return tuple(dict.fromkeys(roots))[:ROOTS_MAX]


def _holds_python(paths: Sequence[str], root: str) -> bool:
    prefix = "" if root in (".", "./", "") else root.strip("/") + "/"
    return any(path.startswith(prefix) and path.endswith(".py") for path in paths)


def _test_dirs(reading: Reading) -> tuple[str, ...]:
    """Where tests are: as configured, else the outermost folders that hold test files."""
    configured = texts_of(dig(reading.pyproject, "tool", "pytest", "ini_options", "testpaths"))
    configured += texts_of(dig(reading.pyproject, "tool", "pytest", "testpaths"))
    for file, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        configured += reading.ini(file, section, "testpaths").split()
    there = [
        p.rstrip("/") for p in configured if any(x.startswith(p.rstrip("/") + "/") for x in reading.paths)
    ]
    if there:
        return tuple(dict.fromkeys(there))
    homes = {
        dirname(path) or "." for path in reading.paths if TEST_FILE.search(path) and not path.startswith(".")
    }
    suites = {suite for home in homes if (suite := _suite(home))}
    # A stray test.py among the sources is no suite where there are real ones.
    tops = [
        home for home in sorted(suites or homes) if not any(home.startswith(o + "/") for o in suites or homes)
    ]
    if len(tops) > ROOTS_MAX:
        tops = sorted({top.partition("/")[0] for top in tops})
    return tuple(tops[:ROOTS_MAX])


def _suite(home: str) -> str:
    """`pkg/tests/unit/x` -> `pkg/tests`: the whole suite; empty for a folder in none."""
    parts = home.split("/")
    at = next((i for i, part in enumerate(parts) if part in ("tests", "test", "testing")), None)
    return "" if at is None else "/".join(parts[: at + 1])


def _others(paths: Sequence[str]) -> tuple[Other, ...]:
    found: dict[str, str] = {}
    for path in sorted(paths, key=lambda p: (p.count("/"), p)):
        language = LANGUAGES.get(basename(path))
        if language and path.count("/") <= 2 and not _aside(path):
            found.setdefault(language, path)
    return tuple(Other(language, manifest) for language, manifest in found.items())


def minimum_python(detected: Detected) -> str:
    """The lowest version `requires-python` names, e.g. `3.9`; empty when it names none."""
    try:
        ranges = (
            Requirement(f"python{detected.requires_python}").specifier if detected.requires_python else ()
        )
    except ValueError:
        return ""
    return next((s.version for s in ranges if s.operator in (">=", "==", "~=")), "")
