"""From the report of a command's run to a reading: what is no proof is UNKNOWN, never a pass. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from windlass import languages
from windlass.verify.ended import Ended
from windlass.verify.model import UNTOLD, Outcome, Reading

SHOWN_MAX: Final = 20


def reported(
    ended: Ended,
    report: languages.reports.Source,
    coverage: languages.reports.Source | None,
    places: languages.reports.Places,
    name: str,
    *,
    only: Sequence[str] = (),
) -> Reading:
    """What a command called `name` found, that ended with an exit code. The code and the report must not
    contradict each other, unless `only` some of the tests were asked for.
    """
    unknown = Reading("command", Outcome.UNKNOWN, ended.seconds)
    if report.form == "files":
        return _files(ended, places, name)
    try:
        counted = languages.reports.findings(report, ended.stdout, ended.outputs, places)
        if counted is not None:
            return _counted(ended, counted, name)
        found = languages.reports.results(report, ended.stdout, ended.outputs, places)
    except languages.reports.BadReport as error:
        return replace(unknown, detail=ended.why(f"{name}: no usable report, {error}"))
    cases = {case: result for case, result in found.cases.items() if _asked(case, only)}
    told = replace(unknown, metrics={"collected": float(len(cases))}, cases=cases, spent=found.spent)
    if any(result in ("failed", "error") for result in cases.values()):
        return replace(told, outcome=Outcome.FAILED, detail=ended.tail, why=found.why)
    if ended.exit_code != 0 and not only:
        return replace(told, detail=ended.why(f"{name}: its report has no failures"))
    if all(result == "skipped" for result in cases.values()):
        return replace(told, detail=f"{name}: ended with exit code {ended.exit_code} and ran no tests")
    if coverage is None or only:
        return replace(told, outcome=Outcome.PASSED)
    try:
        lines, why = languages.reports.lines(coverage, ended.stdout, ended.outputs, places), ""
    except languages.reports.BadReport as error:
        lines, why = languages.reports.Lines({}), f"{name}: its coverage is not usable: {error}"
    known = {UNTOLD: 1.0} if lines.percent is None else {"coverage": lines.percent}
    metrics = {**told.metrics, **known}
    return replace(told, outcome=Outcome.PASSED, metrics=metrics, detail=why, lines=lines.files)


def _files(ended: Ended, places: languages.reports.Places, name: str) -> Reading:
    """Each file that is printed is a fault."""
    printed = ended.stdout.decode("utf-8", "replace").splitlines()
    found = sorted({path for line in printed if (path := places.file(line.strip()))})
    if ended.exit_code != 0 and not found:
        return Reading("command", Outcome.UNKNOWN, ended.seconds, detail=ended.why(name))
    outcome = Outcome.FAILED if found else Outcome.PASSED
    detail = f"{name}: {', '.join(found[:SHOWN_MAX])}" if found else ""
    counts = {f"{path}|format": 1 for path in found}
    return Reading("command", outcome, ended.seconds, counts=counts, detail=detail)


def _counted(ended: Ended, found: "languages.reports.Findings", name: str) -> Reading:
    """Each finding is a violation of its file and rule. A tool that stumbled has not looked at everything."""
    unknown = Reading("command", Outcome.UNKNOWN, ended.seconds)
    if found.broken:
        return replace(unknown, detail=f"{name}: {found.broken}")
    if ended.exit_code != 0 and not found.counts:
        return replace(unknown, detail=ended.why(f"{name}: it tells no findings"))
    outcome = Outcome.FAILED if found.counts else Outcome.PASSED
    told = Reading("command", outcome, ended.seconds, {"violations": float(sum(found.counts.values()))})
    return replace(told, counts=found.counts, detail="\n".join(found.said)).saying(found.places)


def _asked(case: str, only: Sequence[str]) -> bool:
    """Whether a test, or its file, was asked for; all are where none is named."""
    return not only or case in only or case.partition("::")[0] in only
