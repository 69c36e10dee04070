"""Which commands check a project in another language than Python, told from its files. Pure.

Only a project at the top of the repository. Beside a Python project they run where the owner says so: a
`package.json` there is mostly for its documentation.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

from windlass.languages.model import Suite
from windlass.languages.node import node_scripts, node_suites

MANIFESTS: Final[Mapping[str, tuple[str, ...]]] = {
    "node": ("package.json",), "go": ("go.mod",), "rust": ("Cargo.toml",),
    "java": ("pom.xml", "build.gradle", "build.gradle.kts"),
}  # fmt: skip
"""What lies at the top of a project of each language."""
PYTHON: Final = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "tox.ini", "pytest.ini"}
)
"""Any of them at the top makes it a Python project."""
def languages_of(files: Collection[str]) -> tuple[str, ...]:
    """The languages with a project at the top, Python not among them."""
    return tuple(name for name, manifests in MANIFESTS.items() if any(one in files for one in manifests))


def suites_of(
    files: Collection[str], texts: Mapping[str, str], programs: Collection[str]
) -> tuple[Suite, ...]:
    """What to run on a tree. `programs`: what of `toolchain.PROGRAMS` this machine has."""
    if PYTHON & set(files):
        return ()
    found = []
    for language in languages_of(files):
        found += _SUITES[language](files, texts, programs)
    return tuple(found)


def scripts_of(files: Collection[str], texts: Mapping[str, str], tier: int) -> tuple[Suite, ...]:
    """What a project has to run in a tier beside its tests, by names that such things go by."""
    if PYTHON & set(files) or "package.json" not in files:
        return ()
    return tuple(node_scripts(files, texts, tier))


def _go(files: Collection[str], texts: Mapping[str, str], programs: Collection[str]) -> list[Suite]:
    if not any(path.endswith("_test.go") for path in files):
        return [Suite("go-vet", ("go", "vet", "./..."))]
    argv = ("go", "test", "-json", "-coverprofile={out}/cover.out", "./...")
    return [Suite("go-vet", ("go", "vet", "./...")), Suite("go-test", argv, "go", "go:{out}/cover.out")]


def _rust(files: Collection[str], texts: Mapping[str, str], programs: Collection[str]) -> list[Suite]:
    locked = ("--locked",) if "Cargo.lock" in files else ()
    every = ("--workspace",) if re.search(r"^\[workspace", texts.get("Cargo.toml", ""), re.M) else ()
    found = []
    if "cargo-fmt" in programs:
        every_file, chosen = ("cargo", "fmt", "--all"), {"rustfmt.toml", ".rustfmt.toml"} & set(files)
        check = (*every_file, "--", "--check", "-l")
        found.append(Suite("cargo-fmt", check, "files", repair=every_file, unchosen=not chosen))
    if "cargo-clippy" in programs:
        told = ("--message-format", "json")
        argv = ("cargo", "clippy", "--all-targets", *every, *locked, *told)
        found.append(Suite("cargo-clippy", argv, "clippy"))
    return [*found, Suite("cargo-test", ("cargo", "test", "--no-fail-fast", *every, *locked), "cargo")]


def _java(files: Collection[str], texts: Mapping[str, str], programs: Collection[str]) -> list[Suite]:
    if "pom.xml" in files:
        argv = ("mvn", "-o", "-B", "--fail-at-end", "test")
        return [Suite("mvn-test", argv, "junit:**/target/surefire-reports/TEST-*.xml")]
    argv = ("gradle", "--offline", "--no-daemon", "--continue", "test")
    return [Suite("gradle-test", argv, "junit:**/build/test-results/test/TEST-*.xml")]


def _node(files: Collection[str], texts: Mapping[str, str], programs: Collection[str]) -> list[Suite]:
    return node_suites(files, texts)


_SUITES: Final = {"node": _node, "go": _go, "rust": _rust, "java": _java}
