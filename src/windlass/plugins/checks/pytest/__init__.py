"""Run the project's tests with pytest and report every test by its id.

The invocation is ours: the options that a project adds for people or for its own CI (coverage, parallel runs,
stopping early) are
left out, those that decide what is a test and how it is imported are kept.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from windlass import languages, verify
from windlass.kernel import Tools, Unavailable
from windlass.plugins.checks.pytest.course import parse_diary
from windlass.plugins.checks.pytest.junit import parse_junit, total_coverage
from windlass.plugins.checks.pytest.marks import NAMES, deselected, without
from windlass.plugins.checks.pytest.options import (
    addopts,
    kept_options,
    looks_like_test,
    measures_coverage,
    names_pytest,
)
from windlass.plugins.checks.pytest.tried import ATTEMPTS, OUTPUT, parse_attempts, words
from windlass.verify import Check, Outcome, Reading, Scene

DIARY: Final = Path(__file__).with_name("diary.py").read_text()
RECORDER: Final = Path(__file__).with_name("recorder.py").read_text()
UNSEEN: Final = Path(__file__).with_name("unseen.py").read_text()
UNSEEN_MAX: Final = 200
"""Changed files that coverage is asked about by name."""
NONE: Final = 5
"""pytest's exit code where no test was collected."""
_EXIT = {
    2: "the run was interrupted", 3: "pytest broke inside (a plug-in or conftest.py)",
    4: "pytest could not begin (an option, a path, or conftest.py)",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """`options`: further options for pytest. `marked`: run what this selects by markers, whatever the
    project's own options select. `leave_out`: markers of tests that are not run then.
    """

    options: tuple[str, ...] = ()
    marked: str = ""
    leave_out: tuple[str, ...] = ()


def open(settings: Settings, tools: Tools) -> Check:
    return Pytest(settings)


@dataclass(frozen=True, slots=True)
class Pytest:
    settings: Settings

    @property
    def role(self) -> Literal["tests"]:
        return "tests"

    def absent(self, scene: Scene) -> str:
        if not scene.having(looks_like_test):
            return "no test files"
        if "pytest" not in scene.packages and not (scene.problem and names_pytest(scene.texts)):
            return "pytest is not in the environment"
        return ""

    def further(self, texts: Mapping[str, str], tier: int) -> Mapping[str, Mapping[str, object]]:
        """What the project's own options keep out of its runs by a marker runs in a tier of its own."""
        marked = deselected(addopts(texts), tier)
        return {NAMES[tier]: {"marked": marked}} if marked else {}

    def read(self, scene: Scene) -> Reading:
        if scene.problem:
            return Reading("pytest", Outcome.UNKNOWN, 0.0, {"outside": 1.0}, detail=scene.problem)
        coverage = scene.coverage and measures_coverage(scene.texts, scene.packages)
        ended = scene.start(
            self._argv(scene, coverage),
            copy=True,
            outputs=("junit.xml", "diary.txt", "coverage.json", "unseen.json", "reach.json"),
            env=_ENV,
        )
        report, course = ended.outputs.get("junit.xml"), parse_diary(ended.outputs.get("diary.txt", b""))
        if ended.timed_out:
            why = ended.problem + (f", and began {course.last} last" if course.last else "")
            late = Reading("pytest", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=why)
            return _so_far(late, report or b"", scene.files)
        if ended.exit_code not in (0, 1, 2, NONE) or report is None:
            why = ended.why(_EXIT.get(ended.exit_code or 0, course.where))
            return Reading("pytest", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=why)
        try:
            found = parse_junit(report, scene.files)
        except languages.reports.BadReport as error:
            why = f"pytest's report is not usable: {error}{ended.full}"
            return Reading("pytest", Outcome.UNKNOWN, ended.seconds, detail=why)
        metrics: dict[str, float] = {"collected": len(found.cases)}
        if coverage and not scene.only:
            percent = total_coverage(ended.outputs.get("coverage.json", b""), scene.files)
            metrics |= scene.untold if percent is None else {"coverage": percent}
        if gap := course.gap(ended.exit_code):
            return Reading("pytest", Outcome.UNKNOWN, ended.seconds, metrics, found.cases, detail=gap)
        if self.settings.marked and ended.exit_code == NONE and not found.cases:
            return Reading("pytest", Outcome.PASSED, ended.seconds, metrics, detail="no test is marked so")
        reading = _reading(found.cases, metrics, ended.exit_code, ended.seconds, ended.tail)
        reach = ended.outputs.get("reach.json", b"") if scene.reach_s else b""
        lines = _lines(ended.outputs, scene) if coverage else {}
        return replace(reading, spent=found.spent, why=found.why, reach=reach, lines=lines)

    def attempted(
        self, scene: Scene, attempts: Sequence[verify.evaluation.Attempt], *, within_s: float
    ) -> list[verify.evaluation.Attempted]:
        """Each in a process of its own, in one sandbox."""
        if scene.problem:
            raise Unavailable(scene.problem)
        told = words(attempts)
        argv = [scene.python, "-c", ATTEMPTS, str(within_s), *told, *self._plain(scene)]
        ended = scene.start(argv, copy=True, outputs=(OUTPUT,), env=_ENV)
        if OUTPUT not in ended.outputs:
            raise Unavailable(f"no fault could be tried: {ended.why()}")
        return parse_attempts(ended.outputs[OUTPUT], len(attempts))

    def _argv(self, scene: Scene, coverage: bool) -> list[str]:
        more = [RECORDER, str(scene.reach_s)] if scene.reach_s else []
        if coverage and (changed := _changed(scene)):
            more += [UNSEEN, json.dumps(changed)]
        argv = [scene.python, "-c", DIARY, *more, "", *self._plain(scene), "-o", "junit_family=xunit2"]
        argv += ["--junitxml={out}/junit.xml", "--continue-on-collection-errors"]
        if coverage:
            argv += ["--cov", "--cov-report=json:{out}/coverage.json", "--cov-fail-under=0"]
        return [*argv, *scene.only]

    def _plain(self, scene: Scene) -> list[str]:
        """The options of every run."""
        kept = ["-o", f"addopts={kept_options(scene.texts)}", *self.settings.options]
        if self.settings.marked:
            kept += ["-m", without(self.settings.marked, self.settings.leave_out)]
        return ["-p", "no:cacheprovider", "-p", "no:randomly", "--rootdir={tree}", "-q", "--tb=short", *kept]


_ENV = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "PY_COLORS": "0", "COLUMNS": "80"}


def _changed(scene: Scene) -> list[str]:
    """Changed modules that are no tests."""
    paths = (path for path in scene.changed if path in scene.files and path.endswith(".py"))
    code = [path for path in paths if not (looks_like_test(path) or languages.reports.aside(path))]
    return code[:UNSEEN_MAX]


def _lines(outputs: Mapping[str, bytes], scene: Scene) -> Mapping[str, Mapping[int, bool]]:
    """Of each file the statements by their line: whether one ran. Nothing where no report tells it."""
    found: dict[str, Mapping[int, bool]] = {}
    places = languages.reports.Places(scene.files, scene.root)
    for name in ("unseen.json", "coverage.json"):
        source = languages.reports.lines_source(f"coveragepy:{{out}}/{name}")
        try:
            told = languages.reports.lines(source, b"", {f"{{out}}/{name}": outputs[name]}, places)
        except (languages.reports.BadReport, KeyError):
            continue
        found |= told.files
    return found


def _so_far(late: Reading, report: bytes, files: Collection[str]) -> Reading:
    """Time ran out: no outcome, but the results until then, without the file whose turn it was."""
    try:
        found = parse_junit(report, files)
    except languages.reports.BadReport:
        return late  # It was stopped before it wrote one.
    whole = dict(list(found.spent.items())[:-1])
    cases = {case: result for case, result in found.cases.items() if case.partition("::")[0] in whole}
    return replace(late, cases=cases, spent=whole)


def _reading(
    cases: dict[str, str], metrics: dict[str, float], code: int | None, seconds: float, tail: str
) -> Reading:
    """Exit code and report must agree: a report without failures does not excuse an exit code that says
    otherwise.
    """
    bad = any(result in ("failed", "error") for result in cases.values())
    if code == NONE or not cases:
        return Reading(
            "pytest", Outcome.FAILED, seconds, {**metrics, "collected": 0.0}, detail="no tests were collected"
        )
    if bad != (code in (1, 2)):
        why = f"pytest ended with exit code {code}, its report {'has' if bad else 'has no'} failures"
        return Reading("pytest", Outcome.UNKNOWN, seconds, metrics, cases, detail=why)
    if all(result == "skipped" for result in cases.values()):
        none = f"no test ran: all {len(cases)} were skipped"
        return Reading("pytest", Outcome.FAILED, seconds, metrics, cases, detail=none)
    return Reading(
        "pytest",
        Outcome.FAILED if bad else Outcome.PASSED,
        seconds,
        metrics,
        cases,
        detail=tail if bad else "",
    )
