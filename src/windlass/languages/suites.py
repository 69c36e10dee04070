"""Which commands check a project in another language than Python, told from its files. Pure.

Only a project at the top of the repository. Beside a Python project they run where the owner says so: a
`package.json` there is mostly for its documentation.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

MANIFESTS: Final[Mapping[str, tuple[str, ...]]] = {
    "node": ("package.json",), "go": ("go.mod",), "rust": ("Cargo.toml",),
    "java": ("pom.xml", "build.gradle", "build.gradle.kts"),
}  # fmt: skip
"""What lies at the top of a project of each language."""
PYTHON: Final = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "tox.ini", "pytest.ini"}
)
"""Any of them at the top makes it a Python project."""
SET: Final = "set a command and its report with [[verify.test]]"
REPORTER: Final = "data:text/javascript," + quote(
    Path(__file__).with_name("reporter.mjs").read_text(encoding="utf-8"), safe=""
)
_NODE_TEST: Final = re.compile(r"(^|[\s;&|])node\s[^;&|]*--test\b")
_RUNNER: Final = re.compile(r"(^|[\s;&|/])(jest|vitest|mocha)\b")
_RUNNERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "jest": ("jest:{out}/report", ("--ci", "--json", "--outputFile={out}/report")),
    "vitest": ("jest:{out}/report", ("--run", "--reporter=json", "--outputFile={out}/report")),
    "mocha": ("junit:{out}/report", ("--reporter", "xunit", "--reporter-option", "output={out}/report")),
}  # fmt: skip
_SHELL: Final = ("/bin/sh", "-c")
_NO_TEST: Final = "no test specified"
"""What `npm init` writes where there are no tests."""


@dataclass(frozen=True, slots=True)
class Suite:
    """One command: `report` and `coverage` as `reports.Source` has them, `problem`: why it cannot run."""

    name: str
    argv: tuple[str, ...]
    report: str = ""
    coverage: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def told(self) -> str:
        """As a person would write it."""
        words = self.argv[2:] if self.argv[:2] == _SHELL else self.argv
        return " ".join(word for word in words if "{out}" not in word)

    @property
    def program(self) -> str:
        """What of a toolchain runs it."""
        if self.argv[:2] == _SHELL:
            return "node"
        return self.name if self.name in ("cargo-fmt", "cargo-clippy") else self.argv[0]

    @property
    def table(self) -> dict[str, Any]:
        """The settings of a `command` check."""
        told = {"report": self.report, "coverage": self.coverage, "problem": self.problem}
        env = {"env": dict(self.env)} if self.env else {}
        return {"argv": list(self.argv), **{name: text for name, text in told.items() if text}, **env}


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


def _node(files: Collection[str], texts: Mapping[str, str], programs: Collection[str]) -> list[Suite]:
    try:
        package = json.loads(texts.get("package.json", ""))
        script = package["scripts"]["test"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    if not isinstance(script, str) or _NO_TEST in script:
        return []
    name, needs = "node-test", any(package.get(key) for key in ("dependencies", "devDependencies"))
    if needs and not any(path.startswith("node_modules/") for path in files):
        why = "package.json has dependencies, and a clean checkout has no node_modules"
        return [_unfit(name, "npm", f"{why}: commit them, or {SET} whose command brings them along")]
    if _NODE_TEST.search(script):
        return [_node_test(name, script, plain=not {"pretest", "posttest"} & set(package["scripts"]))]
    runner = _RUNNER.search(script)
    if runner is None:
        return [_unfit(name, "npm", f"its test script {script[:80]!r} leaves no report that is known: {SET}")]
    report, options_ = _RUNNERS[runner[2]]
    return [Suite(name, ("npm", "test", "--silent", "--", *options_), report)]


def _node_test(name: str, script: str, *, plain: bool) -> Suite:
    """Node's own runner, with a reporter that tells the file of each test. Coverage has to be asked for on
    the command line, so it is where npm has nothing to run around the script.
    """
    options = f"--test-reporter={REPORTER} --test-reporter-destination={{out}}/report"
    report = "junit:{out}/report"
    if not plain:
        return Suite(name, ("npm", "test", "--silent"), report, env={"NODE_OPTIONS": options})
    options += " --test-reporter=lcov --test-reporter-destination={out}/lcov"
    measured = re.sub(r"(?<=\s)--test\b", "--experimental-test-coverage --test", script, count=1)
    return Suite(name, (*_SHELL, measured), report, "lcov:{out}/lcov", {"NODE_OPTIONS": options})


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
        found.append(Suite("cargo-fmt", ("cargo", "fmt", "--all", "--", "--check", "-l"), "files"))
    if "cargo-clippy" in programs:
        found.append(Suite("cargo-clippy", ("cargo", "clippy", "--all-targets", *every, *locked)))
    return [*found, Suite("cargo-test", ("cargo", "test", "--no-fail-fast", *every, *locked), "cargo")]


def _java(files: Collection[str], texts: Mapping[str, str], programs: Collection[str]) -> list[Suite]:
    if "pom.xml" in files:
        argv = ("mvn", "-o", "-B", "--fail-at-end", "test")
        return [Suite("mvn-test", argv, "junit:**/target/surefire-reports/TEST-*.xml")]
    argv = ("gradle", "--offline", "--no-daemon", "--continue", "test")
    return [Suite("gradle-test", argv, "junit:**/build/test-results/test/TEST-*.xml")]


def _unfit(name: str, program: str, problem: str) -> Suite:
    return Suite(name, (program, "test"), "junit:none", problem=problem)


_SUITES: Final = {"node": _node, "go": _go, "rust": _rust, "java": _java}
