"""Read the XML that JUnit began and everybody writes: surefire, jest-junit, vitest, mocha, node, pytest,
cargo-nextest, gotestsum. Pure.
"""

import re
from collections.abc import Mapping
from typing import Final

from windlass.languages.reports.markup import walk
from windlass.languages.reports.model import CASES_MAX, RANK, WHY_MAX, BadReport, Case, duration

SAID_MAX: Final = 1024 * 1024
"""Characters of a failure that are looked at."""
_BAD: Final = {"failure": "failed", "error": "error", "skipped": "skipped"}
_STATUS: Final = {
    **dict.fromkeys(("notrun", "disabled", "skipped", "suppressed", "ignored"), "skipped"),
    **dict.fromkeys(("fail", "failed", "failure", "error"), "failed"),
}  # fmt: skip
"""What some say of a case in words beside what is in it, as GoogleTest and CTest do. Our choice of words."""
_EXCEPTION: Final = re.compile(r"[\w.]+(Error|Exception|Warning|Interrupt|Exit|Failed)\b")


class _Reader:
    """Collects cases without building a tree. An error that a suite has beside its cases is a case."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.suites: list[tuple[str, str]] = []
        self.root = ""
        self.now: Mapping[str, str] | None = None
        self.result = "passed"
        self.said: list[str] | None = None
        self.why: str | None = None
        self.room = 0
        self.alone = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.root = self.root or tag
        if tag == "testsuite":
            self.suites.append((attributes.get("name", ""), attributes.get("file", "")))
        elif tag == "testcase":
            if len(self.cases) >= CASES_MAX:
                raise BadReport(f"more than {CASES_MAX} test cases")
            if self.now is not None:
                raise BadReport("it has a test case within another")
            self.now, self.why, self.alone = attributes, None, False
            told = (_STATUS.get(attributes.get(key, "").lower(), "passed") for key in ("status", "result"))
            self.result = max(told, key=RANK.__getitem__)
        elif tag in _BAD:
            self._wrong(tag, attributes)

    def _wrong(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self.now is None and tag != "skipped":
            self.now, self.result, self.why, self.alone = {}, "passed", None, True
        if self.now is not None and RANK[_BAD[tag]] > RANK[self.result]:
            self.result = _BAD[tag]
        if tag != "skipped":
            self.said, self.room = [attributes.get("message", "")[:WHY_MAX] + "\n"], SAID_MAX

    def end(self, tag: str) -> None:
        if self.said is not None and tag in ("failure", "error"):
            self.why = reason("".join(self.said)) if self.why is None else self.why
            self.said = None
            if self.alone:
                self._done()
        elif tag == "testcase" and self.now is not None:
            self._done()
        elif tag == "testsuite":
            self.suites.pop()

    def _done(self) -> None:
        now = self.now or {}
        names = tuple(name for name, _ in self.suites)
        file = now.get("file") or next((file for _, file in reversed(self.suites) if file), "")
        self.cases.append(
            Case(
                now.get("name", ""), self.result, now.get("classname", ""), file, names,
                duration(now.get("time", "")), self.why,
            )
        )  # fmt: skip
        self.now = None

    def text(self, part: str) -> None:
        if self.said is not None and self.room > 0:
            self.said.append(part[: self.room])
            self.room -= len(part)


def read_cases(report: bytes) -> list[Case]:
    """Every case in its order. Raises BadReport for what is no such report."""
    reader = _Reader()
    walk(report, reader.start, reader.end, reader.text)
    if reader.root not in ("testsuites", "testsuite"):
        raise BadReport(f"its root is {reader.root!r}")
    return reader.cases


def reason(said: str) -> str:
    """The line of a failure that names its exception, else the first that pytest marks, else the message."""
    marked = [line[1:].strip() for line in said.splitlines() if line.startswith("E ")]
    named = [line for line in marked if _EXCEPTION.match(line)]
    plain = [line.strip() for line in said.splitlines() if line.strip()]
    return (named or marked or plain or [""])[0][:WHY_MAX]
