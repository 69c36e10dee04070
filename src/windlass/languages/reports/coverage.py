"""Read which lines tests ran: LCOV, Cobertura, the profile of Go, JaCoCo, coverage.py. Pure."""

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from windlass.languages.reports.markup import walk
from windlass.languages.reports.model import REPORT_MAX, WHY_MAX, BadReport, Lines
from windlass.languages.reports.placing import Places

LINES_MAX: Final = 5_000_000
LINE_MAX: Final = 1_000_000
"""The largest number of a line."""
PATH_MAX: Final = 4_096
_BLOCK: Final = re.compile(r"(.+):(\d{1,9})\.(\d{1,9}),(\d{1,9})\.(\d{1,9}) (\d{1,9}) (\d{1,19})")
_NUMBER: Final = re.compile(r"\d{1,19}")


class _Sheet:
    """Lines as they are told; a line that is told twice has run if it ever did."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.files: dict[str, dict[int, bool]] = {}
        self.told = 0

    def add(self, path: str, number: int, ran: bool) -> None:
        self.told += 1
        if self.told > LINES_MAX or not 0 < number <= LINE_MAX:
            raise BadReport(f"more than {LINES_MAX} lines, or one numbered {number}")
        if path:
            lines = self.files.setdefault(path, {})
            lines[number] = ran or lines.get(number, False)


def parse_coverage(form: str, reports: Iterable[bytes], places: Places) -> Lines:
    """The lines of files of the tree, by the form's name. Raises BadReport for what cannot be read, and where
    no line is one of the tree.
    """
    sheet = _Sheet(places)
    for report in reports:
        if len(report) > REPORT_MAX:
            raise BadReport(f"larger than {REPORT_MAX} bytes")
        FORMS[form](report, sheet)
    if not sheet.files:
        raise BadReport("it tells of no line of this tree")
    return Lines(sheet.files)


def _count(text: str | None) -> int:
    """A whole number that is not negative. LCOV allows `-` and negative counts nowhere; neither do we."""
    if text is None or not _NUMBER.fullmatch(text):
        raise BadReport(f"{text!r} is no count")
    return int(text)


def _lcov(report: bytes, sheet: _Sheet) -> None:
    path, within = "", False
    for line in report.decode("utf-8", "replace").splitlines():
        word, _, rest = line.strip().partition(":")
        if word == "SF":
            path, within = sheet.places.file(rest), True
        elif word == "DA":
            number, *more = rest.split(",")
            if not within or not more:
                raise BadReport("a line outside of any file")
            sheet.add(path, _count(number), _count(more[0]) > 0)
        elif word == "end_of_record":
            within = False
    if within:
        raise BadReport("it is cut off")


def _go(report: bytes, sheet: _Sheet) -> None:
    head, *lines = report.decode("utf-8", "replace").splitlines() or [""]
    if not head.startswith("mode: "):
        raise BadReport("it does not begin with its mode")
    for line in lines:
        match = _BLOCK.fullmatch(line)
        if match is None:
            raise BadReport(f"{line[:80]!r} is no block")
        path, first, last = sheet.places.file(match[1]), int(match[2]), int(match[4])
        if last < first or last > LINE_MAX:
            raise BadReport(f"{line[:80]!r} is no block")
        for number in range(first, last + 1) if path else ():
            sheet.add(path, number, int(match[7]) > 0)


def _cobertura(report: bytes, sheet: _Sheet) -> None:
    root, path, within = "", "", False
    sources: list[str] = []

    def start(tag: str, told: Mapping[str, str]) -> None:
        nonlocal root, path, within
        root, within = root or tag, tag == "source"
        if within:
            sources.append("")
        elif tag == "class":
            name = told.get("filename", "")
            under = (sheet.places.file(posixpath.join(source.strip(), name)) for source in sources)
            path = next(filter(None, under), "") or sheet.places.file(name)
        elif tag == "line":
            sheet.add(path, _count(told.get("number")), _count(told.get("hits")) > 0)

    def text(part: str) -> None:
        if within and len(sources[-1]) < PATH_MAX:
            sources[-1] += part

    def end(tag: str) -> None:
        nonlocal within
        within = False

    walk(report, start, end, text, doctype="coverage")
    if root != "coverage":
        raise BadReport(f"its root is {root!r}")


def _jacoco(report: bytes, sheet: _Sheet) -> None:
    now = ["", "", ""]

    def start(tag: str, told: Mapping[str, str]) -> None:
        now[0] = now[0] or tag
        if tag == "package":
            now[1] = told.get("name", "")
        elif tag == "sourcefile":
            now[2] = sheet.places.file(posixpath.join(now[1], told.get("name", "")))
        elif tag == "line":
            sheet.add(now[2], _count(told.get("nr")), _count(told.get("ci")) > 0)

    walk(report, start, doctype="report")
    if now[0] != "report":
        raise BadReport(f"its root is {now[0]!r}")


def _coveragepy(report: bytes, sheet: _Sheet) -> None:
    """Its JSON, of any version that names the lines: statements by their first line, none of what is
    excluded.
    """
    try:
        files = json.loads(report)["files"].items()
        told = [(str(name), one["executed_lines"], one["missing_lines"]) for name, one in files]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadReport(f"not coverage.py's: {type(error).__name__}: {error}"[:WHY_MAX]) from error
    for name, ran, missed in told:
        path = sheet.places.file(name[:PATH_MAX])
        for lines, did in ((ran, True), (missed, False)):
            if not isinstance(lines, list):
                raise BadReport("its lines are no list")
            for number in lines:
                if type(number) is not int:
                    raise BadReport(f"{str(number)[:40]!r} is no line")
                if number:  # Some versions tell of line 0 where a file is empty.
                    sheet.add(path, number, did)


FORMS: Final[Mapping[str, Callable[[bytes, _Sheet], None]]] = {
    "lcov": _lcov, "cobertura": _cobertura, "go": _go, "jacoco": _jacoco,
    "coveragepy": _coveragepy,
}  # fmt: skip
