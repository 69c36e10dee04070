"""Which small files tell about a project, and what they hold, parsed. Pure; a broken file becomes a note."""

import configparser
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from windlass.kernel import read_toml

WANTED = frozenset(
    {
        "pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "pytest.ini", ".pytest.ini", ".flake8",
        "ruff.toml", ".ruff.toml", "mypy.ini", ".mypy.ini", "pyrightconfig.json", ".isort.cfg", ".pylintrc",
        "pylintrc", "Pipfile", ".pre-commit-config.yaml", "package.json", "tsconfig.json", "Cargo.toml",
        "go.mod",
    }
)  # fmt: skip
REQUIREMENT_FILE = re.compile(
    r"(?:(?:requirements|requires|tests?)/)?[\w.-]*(?:requirements|/)[\w.-]*\.(?:txt|in|pip)"
)
TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|tests?)\.py$")
SAMPLES_MAX = 3
FILES_MAX = 60
FILE_MAX = 512 * 1024
"""Bytes of one file that are worth reading."""


def requirement_file(path: str) -> bool:
    return bool(REQUIREMENT_FILE.fullmatch(path)) and ("requirement" in path or path.startswith("requires"))


def wanted(paths: Iterable[str]) -> tuple[str, ...]:
    """The few tracked files `detect` reads: settings at the top, requirement files, a sample of tests."""
    known = sorted(paths)
    found = [path for path in known if path in WANTED or requirement_file(path)]
    tests = [path for path in known if TEST_FILE.search(path)]
    step = max(1, len(tests) // SAMPLES_MAX)
    return tuple([*found[: FILES_MAX - SAMPLES_MAX], *tests[::step][:SAMPLES_MAX]])


@dataclass(slots=True)
class Reading:
    """Parsed settings files; what could not be parsed is said in `notes`."""

    paths: Sequence[str]
    texts: Mapping[str, str]
    pyproject: Mapping[str, object]
    inis: Mapping[str, configparser.RawConfigParser]
    notes: list[str] = field(default_factory=list)

    def table(self, *keys: str) -> Mapping[str, object]:
        """A table of pyproject.toml by its path; empty where it is missing or something else."""
        found = dig(self.pyproject, *keys)
        return found if isinstance(found, Mapping) else {}

    def has(self, *keys: str) -> bool:
        return dig(self.pyproject, *keys) is not None

    def ini(self, file: str, section: str, option: str) -> str:
        reader = self.inis.get(file)
        return reader.get(section, option, fallback="") if reader and reader.has_section(section) else ""

    def ini_section(self, file: str, section: str) -> bool:
        reader = self.inis.get(file)
        return bool(reader and reader.has_section(section))

    def hooks(self) -> frozenset[str]:
        """The ids of the pre-commit hooks."""
        text = self.texts.get(".pre-commit-config.yaml", "")
        return frozenset(re.findall(r"""^\s*-?\s*id:\s*["']?([\w-]+)""", text, re.M))


def dig(table: object, *keys: str) -> object:
    for key in keys:
        if not isinstance(table, Mapping):
            return None
        table = table.get(key)
    return table


def texts_of(value: object) -> list[str]:
    """A text or a list of texts as a list of texts; anything else as none."""
    if isinstance(value, str):
        return [value]
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def read(paths: Sequence[str], files: Mapping[str, bytes]) -> Reading:
    texts = {path: data[:FILE_MAX].decode("utf-8-sig", "replace") for path, data in files.items()}
    notes: list[str] = []
    pyproject: Mapping[str, object] = {}
    if "pyproject.toml" in texts:
        try:
            pyproject = read_toml(texts["pyproject.toml"])
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            notes.append(f"pyproject.toml cannot be read: {error}")
    inis = {}
    for path, text in texts.items():
        if PurePosixPath(path).suffix in (".cfg", ".ini") or path == ".flake8":
            reader = configparser.RawConfigParser(strict=False)
            try:
                reader.read_string(text)
                inis[path] = reader
            except configparser.Error as error:
                notes.append(f"{path} cannot be read: {' '.join(str(error).split())}")
    return Reading(tuple(paths), texts, pyproject, inis, notes)
