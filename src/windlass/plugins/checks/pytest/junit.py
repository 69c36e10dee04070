"""Read pytest's JUnit report. It was written by a process that ran hostile code: bounded, no entities, no
surprises.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

REPORT_MAX: Final = 64 * 1024 * 1024
DEPTH_MAX: Final = 16
CASES_MAX: Final = 200_000
ID_MAX: Final = 2_000
WHY_MAX: Final = 200
"""Characters of what one case said."""
WHYS_MAX: Final = 200
_EXCEPTION: Final = re.compile(r"[\w.]+(Error|Exception|Warning|Interrupt|Exit|Failed)\b")
_RANK: Final = {"passed": 0, "skipped": 1, "failed": 2, "error": 3}


class BadReport(ValueError):
    """The report cannot be trusted or read; the message says why."""


class _Reader:
    """Collects (classname, name, result) without building a tree."""

    def __init__(self) -> None:
        self.cases: list[tuple[str, str, str]] = []
        self.seconds: list[float] = []
        self.depth = 0
        self.current: tuple[str, str, str] | None = None
        self.root = ""
        self.said: list[str] = []
        self.whys: dict[int, str] = {}
        self.within = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise BadReport(f"elements are nested deeper than {DEPTH_MAX}")
        if self.depth == 1:
            self.root = tag
        if tag == "testcase":
            if len(self.cases) >= CASES_MAX:
                raise BadReport(f"more than {CASES_MAX} test cases")
            self.current = (attributes.get("classname", ""), attributes.get("name", ""), "passed")
            self.seconds.append(_seconds(attributes.get("time", "")))
        elif self.current is not None and tag in ("failure", "error", "skipped"):
            result = {"failure": "failed", "error": "error", "skipped": "skipped"}[tag]
            self.within, self.said = tag != "skipped", [attributes.get("message", "")[:WHY_MAX] + "\n"]
            if _RANK[result] > _RANK[self.current[2]]:
                self.current = (*self.current[:2], result)

    def end(self, tag: str) -> None:
        self.depth -= 1
        if self.within and tag in ("failure", "error"):
            self.within = False
            self.whys.setdefault(len(self.cases), reason("".join(self.said)))
        if tag == "testcase" and self.current is not None:
            self.cases.append(self.current)
            self.current = None

    def text(self, part: str) -> None:
        if self.within:
            self.said.append(part)

    def refuse(self, *_: object) -> None:
        raise BadReport("it declares a document type or entities")


@dataclass(frozen=True, slots=True)
class Report:
    """`cases`: test id to result. `spent`: seconds per file, in the order of their last tests. `why`: what
    failed and broken ones said, at most `WHYS_MAX` of them.
    """

    cases: dict[str, str]
    spent: dict[str, float]
    why: dict[str, str] = field(default_factory=dict)


def parse_junit(report: bytes, files: Collection[str]) -> Report:
    """A test reported twice keeps its worst result; a file that cannot be collected is an `error` of its
    path.
    """
    if len(report) > REPORT_MAX:
        raise BadReport(f"larger than {REPORT_MAX} bytes")
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    try:
        parser.Parse(report, True)
    except expat.ExpatError as error:
        raise BadReport(f"not XML: {error}") from error
    if reader.root not in ("testsuites", "testsuite"):
        raise BadReport(f"its root is {reader.root!r}")
    modules = {path.removesuffix(".py").replace("/", "."): path for path in sorted(files, reverse=True)}
    cases: dict[str, str] = {}
    spent: dict[str, float] = {}
    why: dict[str, str] = {}
    told = zip(reader.cases, reader.seconds, strict=False)
    for number, ((classname, name, result), seconds) in enumerate(told):
        case = node_id(classname, name, modules)[:ID_MAX]
        if number in reader.whys and len(why) < WHYS_MAX:
            why.setdefault(case, reader.whys[number])
        if _RANK[result] >= _RANK[cases.get(case, "passed")]:
            cases[case] = result
        path, found, _ = case.partition("::")
        if found and path in files:
            spent[path] = spent.pop(path, 0.0) + seconds
    return Report(cases, spent, why)


def reason(said: str) -> str:
    """The line of a failure that names its exception, else the first that pytest marks, else the message."""
    marked = [line[1:].strip() for line in said.splitlines() if line.startswith("E ")]
    named = [line for line in marked if _EXCEPTION.match(line)]
    return (named or marked or [line.strip() for line in said.splitlines()] or [""])[0][:WHY_MAX]


def node_id(classname: str, name: str, modules: Mapping[str, str]) -> str:
    """`tests.test_a.TestB` and `test_c[1]` as `tests/test_a.py::TestB::test_c[1]`: the longest prefix that is
    a file counts.
    """
    if not classname:
        return modules.get(name, name)
    parts = classname.split(".")
    for size in range(len(parts), 0, -1):
        path = modules.get(".".join(parts[:size]))
        if path is not None:
            return "::".join((path, *parts[size:], name))
    return f"{classname}::{name}"


def _seconds(text: str) -> float:
    """A duration between 0 and a day; anything else is 0."""
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if 0.0 <= number <= 86_400.0 else 0.0


def total_coverage(report: bytes) -> float | None:
    """Percent of lines covered from coverage's JSON report; None when there is none to be had."""
    try:
        percent = json.loads(report)["totals"]["percent_covered"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return float(percent) if isinstance(percent, (int, float)) and 0 <= percent <= 100 else None
