"""Read what `cargo test` prints, stderr and stdout in one: stable Rust has no other form. Pure.

A line of a program under test may look like one of ours; so each section must add up to the sums that its own
last line tells, or the whole output is no report.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from windlass.languages.reports.model import CASES_MAX, REPORT_MAX, BadReport, Report, gathered
from windlass.languages.reports.placing import Places

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_RUNNING: Final = re.compile(r" +Running (?:unittests )?(\S+) \((\S+)\)")
_DOCTESTS: Final = re.compile(r" +Doc-tests (\S+)")
_BEGIN: Final = re.compile(r"running (\d+) tests?")
_CASE: Final = re.compile(
    r"test (.+?)(?: - (?:should panic|compile(?: fail)?))? \.\.\. (ok|FAILED|ignored)\b.*"
)
_PANIC: Final = re.compile(r"thread '(.+?)'(?: \(\d+\))? panicked at (.*)")
_SUM: Final = re.compile(
    r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored; \d+ measured; \d+ filtered out.*"
)
_HASH: Final = re.compile(r"-[0-9a-f]{16}(\.exe)?$")
_RESULTS: Final = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}


@dataclass(slots=True)
class _Reader:
    files: Collection[str]
    place: str = ""
    running: int = -1
    """Tests of the section that is open; -1 between sections."""
    found: list[tuple[str, str]] = field(default_factory=list)
    cases: list[tuple[str, str]] = field(default_factory=list)
    why: dict[str, str] = field(default_factory=dict)
    panicked: str = ""
    over: bool = False
    """All its tests have ended; what they printed comes now, and may look like anything."""

    def take(self, line: str) -> None:
        if self.panicked:
            self.why.setdefault(self.panicked, line.strip())
            self.panicked = ""
        if self.over:
            self.summed(line)
        elif match := _RUNNING.fullmatch(line):
            self.closed()
            self.place = self.target(match[1], match[2])
        elif match := _DOCTESTS.fullmatch(line):
            self.closed()
            self.place = ""
        elif match := _BEGIN.fullmatch(line):
            self.closed()
            self.running = int(match[1])
        elif self.running >= 0:
            self.inside(line)

    def inside(self, line: str) -> None:
        if match := _CASE.fullmatch(line):
            self.found.append((self.case(match[1]), _RESULTS[match[2]]))
            if len(self.cases) + len(self.found) > CASES_MAX:
                raise BadReport(f"more than {CASES_MAX} test cases")
        elif line == "failures:":
            self.over = True
        elif not self.summed(line) and _SUM.fullmatch(line):
            raise BadReport(f"the tests of {self.place or 'the documentation'} do not add up")

    def summed(self, line: str) -> bool:
        """Whether this line ends the section: with the sums of what was found in it."""
        if match := _PANIC.fullmatch(line):
            self.panicked = self.case(match[1])
        match = _SUM.fullmatch(line)
        counted = Counter(result for _, result in self.found)
        told = [counted[result] for result in ("passed", "failed", "skipped")]
        if match is None or [int(number) for number in match.groups()] != told or sum(told) != self.running:
            return False
        self.cases += self.found
        self.running, self.found, self.over = -1, [], False
        return True

    def closed(self) -> None:
        """A section that has no sums was killed, or forged."""
        if self.running >= 0:
            self.cases += [*self.found, (self.place or "documentation", "error")]
            self.why.setdefault(self.place or "documentation", "its tests ended without a result")
            self.running, self.found, self.over = -1, [], False

    def case(self, name: str) -> str:
        """Of documentation `src/lib.rs - item (line 3)` without the line, which every edit moves."""
        if self.place:
            return f"{self.place}::{name}"
        path, found, item = re.sub(r" \(line \d+\)$", "", name).partition(" - ")
        return f"{self.target(path, '')}::{item}" if found else name

    def target(self, path: str, program: str) -> str:
        """The file of a target: cargo names it within its package, the program tells the package."""
        if not program and path in self.files:
            return path
        crate = _HASH.sub("", program.rsplit("/", 1)[-1])
        ends = [file for file in self.files if file == path or file.endswith("/" + path)]
        named = [file for file in ends if f"/{crate.replace('_', '-')}/" in f"/{file.replace('_', '-')}"]
        sole = ends if len(ends) == 1 else named
        return sole[0] if len(sole) == 1 else f"{crate}/{path}" if crate else path


def parse_libtest(output: bytes, places: Places) -> Report:
    """Cases by `path::module::test`; an output without a section of tests is a BadReport."""
    if len(output) > REPORT_MAX:
        raise BadReport(f"larger than {REPORT_MAX} bytes")
    reader, begun = _Reader(places.files), False
    for line in _COLOUR.sub("", output.decode("utf-8", "replace")).splitlines():
        reader.take(line)
        begun = begun or reader.running >= 0
    reader.closed()
    if not begun:
        raise BadReport("no tests were begun")
    told = ((case, result, None, reader.why.get(case)) for case, result in reader.cases)
    return gathered(told, places.files)
