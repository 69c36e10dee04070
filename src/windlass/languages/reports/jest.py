"""Read what `jest --json` and vitest's `json` reporter write. Pure."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from windlass.languages.reports.model import REPORT_MAX, BadReport, Report, Told, duration, gathered
from windlass.languages.reports.placing import Places

_RESULTS: Final = {
    "passed": "passed", "failed": "failed", "pending": "skipped", "skipped": "skipped", "todo": "skipped",
    "disabled": "skipped",
}  # fmt: skip


def parse_jest(reports: Iterable[bytes], places: Places) -> Report:
    """Cases by `path::suite::title`; a file that could not be run is an `error` of its path."""
    return gathered((told for report in reports for told in _told(_suites(report), places)), places.files)


def _suites(report: bytes) -> list[dict[str, Any]]:
    if len(report) > REPORT_MAX:
        raise BadReport(f"larger than {REPORT_MAX} bytes")
    try:
        suites = json.loads(report)["testResults"]
        if not all(isinstance(one["assertionResults"], list) for one in suites):
            raise BadReport("a file has no list of results")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadReport(f"not what jest writes: {error}") from error
    return list(suites)


def _told(suites: Iterable[dict[str, Any]], places: Places) -> Iterator[Told]:
    for suite in suites:
        path = places.file(str(suite.get("name", "")))
        cases = suite["assertionResults"]
        bad = False
        for case in cases:
            result = _RESULTS.get(str(case.get("status")), "error") if isinstance(case, dict) else "error"
            bad = bad or result in ("failed", "error")
            yield _case(case if isinstance(case, dict) else {}, path, result)
        if suite.get("status") == "failed" and not bad:
            yield path or "a file of tests", "error", None, _first(suite.get("message"))


def _case(case: dict[str, Any], path: str, result: str) -> Told:
    above, messages = case.get("ancestorTitles"), case.get("failureMessages")
    titles = [str(one) for one in above] if isinstance(above, list) else []
    words = [word for word in (path, *titles, str(case.get("title", ""))) if word]
    taken = case.get("duration")
    seconds = taken / 1000 if isinstance(taken, int | float) else 0.0
    said = _first(messages[0] if isinstance(messages, list) and messages else "")
    return (
        "::".join(words) or "a test without a name",
        result,
        duration(seconds),
        (said if result in ("failed", "error") else None),
    )


def _first(text: object) -> str:
    return next((line.strip() for line in str(text or "").splitlines() if line.strip()), "")
