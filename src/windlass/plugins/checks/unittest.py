"""Run tests with the standard library's unittest where pytest is not to be had, and report every test by its
id.
"""

import json
import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Literal

from windlass import languages
from windlass.kernel import Tools
from windlass.verify import Check, Outcome, Reading, Scene

CASES_MAX: Final = 200_000
WHYS_MAX: Final = 200
_TEST = re.compile(r"test.*\.py")

_PROGRAM = """
import json, os, sys, unittest

out, cover = sys.argv[3:], None
if len(out) > 2:
    import coverage
    cover = coverage.Coverage(data_file=None)
    cover.start()

cases = {}
RANK = {"passed": 0, "skipped": 1, "failed": 2, "error": 3}
starts, only = json.loads(sys.argv[1]), set(json.loads(sys.argv[2]))
top = os.getcwd()

def key(test):
    test = getattr(test, "test_case", test)
    if type(test).__name__ in ("_FailedTest", "_ErrorHolder"):
        return "?" + getattr(test, "_testMethodName", str(test))
    module = sys.modules.get(type(test).__module__)
    path = os.path.relpath(getattr(module, "__file__", "?"), top)
    return path + "::" + type(test).__qualname__.replace(".", "::") + "::" + getattr(test, "_testMethodName",
    "?")

class Result(unittest.TestResult):
    def note(self, test, result):
        name = key(test)
        if RANK[result] >= RANK[cases.get(name, "passed")]:
            cases[name] = result
    def addSuccess(self, test): self.note(test, "passed")
    def addError(self, test, error): super().addError(test, error); self.note(test, "error")
    def addFailure(self, test, error): super().addFailure(test, error); self.note(test, "failed")
    def addSkip(self, test, reason): self.note(test, "skipped")
    def addExpectedFailure(self, test, error): self.note(test, "skipped")
    def addUnexpectedSuccess(self, test): self.note(test, "failed")
    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.errors.append((test, self._exc_info_to_string(error, test))); self.note(test, "failed")

def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test

tests = []
for start in starts:
    package = os.path.exists(os.path.join(start, "__init__.py"))
    loader = unittest.TestLoader()
    tests.extend(flat(loader.discover(start, top_level_dir=top if package else start)))
if only:
    tests = [t for t in tests if key(t) in only or key(t).split("::")[0] in only or key(t)[0] == "?"]
result = Result()
unittest.TestSuite(tests).run(result)
if result.shouldStop:
    sys.exit("a test stopped the run before its end")
for _, text in (result.errors + result.failures)[:20]:
    sys.stderr.write(text)
told = [(key(test), text.strip().splitlines()[-1:]) for test, text in result.errors + result.failures]
for path, found in zip(out, (cases, {name: last[0][:200] for name, last in told[:200] if last})):
    with open(path, "w") as stream:
        json.dump(found, stream)
if cover is not None:
    try:
        cover.stop()
        os.chdir(top)
        cover.json_report(outfile=out[2])
    except Exception as error:  # it may break in any way, and the results stand
        sys.stderr.write("coverage cannot be told: %r" % (error,))
sys.exit(0 if all(r in ("passed", "skipped") for r in cases.values()) else 1)
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """Nothing to set."""


def open(settings: Settings, tools: Tools) -> Check:
    return Unittest()


@dataclass(frozen=True, slots=True)
class Unittest:
    @property
    def role(self) -> Literal["tests"]:
        return "tests"

    def absent(self, scene: Scene) -> str:
        if "pytest" in scene.packages or any(
            "pytest" in text for path, text in scene.texts.items() if not path.endswith(".py")
        ):
            return "pytest runs these tests"
        if not scene.having(lambda path: _TEST.fullmatch(posixpath.basename(path)) is not None):
            return "no test files"
        return ""

    def read(self, scene: Scene) -> Reading:
        argv = [scene.python, "-c", _PROGRAM, json.dumps(starts(scene.files)), json.dumps(list(scene.only))]
        coverage = scene.coverage and measures_coverage(scene.texts, scene.packages)
        outputs = ("cases.json", "why.json", *(("coverage.json",) if coverage else ()))
        ended = scene.start([*argv, *(f"{{out}}/{name}" for name in outputs)], copy=True, outputs=outputs)
        cases = parse_cases(ended.outputs.get("cases.json"), scene.files)
        if ended.exit_code not in (0, 1) or cases is None:
            why = ended.why()
            return Reading("unittest", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=why)
        bad = any(result in ("failed", "error") for result in cases.values())
        metrics = {"collected": float(len(cases))}
        if not cases:
            detail = "no tests were collected"
            return Reading("unittest", Outcome.FAILED, ended.seconds, metrics, detail=detail)
        if all(result == "skipped" for result in cases.values()):
            detail = f"no test ran: all {len(cases)} were skipped"
            return Reading("unittest", Outcome.FAILED, ended.seconds, metrics, cases, detail=detail)
        if bad != (ended.exit_code == 1):
            detail = "its exit code and its report disagree"
            return Reading("unittest", Outcome.UNKNOWN, ended.seconds, metrics, cases, detail=detail)
        outcome = Outcome.FAILED if bad else Outcome.PASSED
        said = parse_why(ended.outputs.get("why.json"), scene.files)
        detail = ended.tail if bad else ""
        lines = told_lines(ended.outputs.get("coverage.json"), scene) if coverage else {}
        metrics |= scene.untold if coverage and not lines else {}
        found = Reading("unittest", outcome, ended.seconds, metrics, cases, detail=detail, why=said)
        return replace(found, lines=lines)


def measures_coverage(texts: Mapping[str, str], packages: Mapping[str, str]) -> bool:
    """Whether the project configures coverage, and it is installed."""
    named = "[tool.coverage" in texts.get("pyproject.toml", "") or ".coveragerc" in texts
    return "coverage" in packages and (named or "[coverage:" in texts.get("setup.cfg", ""))


def told_lines(report: bytes | None, scene: Scene) -> Mapping[str, Mapping[int, bool]]:
    """Of each file the statements by their line: whether one ran. Nothing where the report is none."""
    source = languages.reports.lines_source("coveragepy:{out}/coverage.json")
    places = languages.reports.Places(scene.files, scene.root)
    try:
        return languages.reports.lines(source, b"", {source.output: report or b""}, places).files
    except languages.reports.BadReport:
        return {}


def starts(files: Collection[str]) -> list[str]:
    """The topmost folders that hold tests: unittest discovers only below packages."""
    folders = {posixpath.dirname(path) for path in files if _TEST.fullmatch(posixpath.basename(path))}
    packages = {posixpath.dirname(path) for path in files if posixpath.basename(path) == "__init__.py"}
    tops = {_topmost(folder, packages) for folder in folders}
    return sorted(
        top or "." for top in tops if not any(_inside(top, other) and other in packages for other in tops)
    )


def parse_cases(report: bytes | None, files: Collection[str]) -> dict[str, str] | None:
    """Results by id; a module that cannot be imported becomes an `error` of its path. None: the report is
    none.
    """
    try:
        found = json.loads(report or b"")
        if not isinstance(found, dict) or len(found) > CASES_MAX:
            return None
        if not set(found.values()) <= {"passed", "skipped", "failed", "error"}:
            return None
    except (ValueError, TypeError, RecursionError):
        return None
    return {_located(str(name), files): str(result) for name, result in found.items()}


def parse_why(report: bytes | None, files: Collection[str]) -> dict[str, str]:
    """What failed and broken tests said, by id; nothing where the report is none."""
    try:
        found = json.loads(report or b"{}")
        return {_located(str(name), files): str(why)[:200] for name, why in islice(found.items(), WHYS_MAX)}
    except (ValueError, AttributeError, RecursionError):
        return {}


def _located(name: str, files: Collection[str]) -> str:
    if not name.startswith("?"):
        return name
    tail = name[1:].replace(".", "/") + ".py"
    return min(
        (path for path in files if path == tail or path.endswith("/" + tail)), key=len, default=name[1:]
    )


def _topmost(folder: str, packages: Collection[str]) -> str:
    while folder in packages and posixpath.dirname(folder) in packages:
        folder = posixpath.dirname(folder)
    return folder


def _inside(path: str, top: str) -> bool:
    return path != top and path.startswith(f"{top}/" if top else "")
