"""From reports to readings: whatever is odd is unknown, and never a pass."""

from collections.abc import Sequence

import pytest

from windlass.kernel import Denied
from windlass.languages.reports import lines_source, source
from windlass.verify import Outcome, Reading, Scene
from windlass.verify.ended import Ended
from windlass.verify.model import UNTOLD

GOOD = '<testcase file="test/a.js" name="good"/>'
BAD = '<testcase file="test/a.js" name="bad"><failure message="no"/></testcase>'
SKIPPED = '<testcase file="test/a.js" name="off"><skipped/></testcase>'
LCOV = "SF:src/a.js\nDA:1,1\nDA:2,0\nend_of_record\n"
P, F, U = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN


def never(argv: Sequence[str], **_: object) -> Ended:
    raise Denied("nothing is started")


def told(inside: str, code: int = 0, *, lcov: str = LCOV, only: tuple[str, ...] = ()) -> Reading:
    outputs = {"{out}/r": f"<testsuites>{inside}</testsuites>".encode(), "{out}/l": lcov.encode()}
    scene = Scene(frozenset({"test/a.js", "src/a.js"}), "/tree", {}, (), {}, "", never, only=only)
    ended = Ended(code, outputs, b"", "the end", 1.0, False)
    return scene.told(ended, source("junit:{out}/r"), lines_source("lcov:{out}/l"), "npm test")


@pytest.mark.parametrize(
    ("inside", "code", "expected", "words"),
    [
        (GOOD, 0, P, ""), (GOOD + SKIPPED, 0, P, ""), (GOOD + BAD, 1, F, "the end"),
        (GOOD + BAD, 0, F, "the end"), (GOOD, 1, U, "its report has no failures"), ("", 0, U, "ran no tests"),
        (SKIPPED, 0, U, "ran no tests"), ("", 1, U, "no failures"), ("<", 0, U, "no usable report"),
    ],
)  # fmt: skip
def test_a_pass_needs_tests_that_ran_and_an_exit_code_that_agrees(
    inside: str, code: int, expected: Outcome, words: str
) -> None:
    found = told(inside, code)
    assert found.outcome is expected
    assert words in found.detail


def test_lines_and_cases_are_metrics_and_a_broken_coverage_is_told() -> None:
    assert told(GOOD).metrics == {"collected": 1.0, "coverage": 50.0}
    assert told(GOOD).lines == {"src/a.js": {1: True, 2: False}}
    broken = told(GOOD, lcov="DA:1,-1")
    assert (broken.metrics, broken.lines) == ({"collected": 1.0, UNTOLD: 1.0}, {})
    assert "coverage is not usable" in broken.detail


def test_of_a_run_of_everything_only_what_was_asked_for_is_told() -> None:
    assert told(GOOD + BAD, 1, only=("test/a.js::good",)).cases == {"test/a.js::good": "passed"}
    assert told(GOOD + BAD, 1, only=("test/a.js::good",)).outcome is P
    assert told(GOOD + BAD, 1, only=("test/a.js",)).outcome is F
    assert told(GOOD, only=("test/b.js",)).outcome is U


def test_printed_files_are_faults() -> None:
    scene = Scene(frozenset({"src/lib.rs"}), "/tree", {}, (), {}, "", never)
    for code, printed, expected in ((1, b"/tree/src/lib.rs\n", F), (0, b"", P), (1, b"no such command\n", U)):
        found = scene.told(Ended(code, {}, printed, "", 1.0, False), source("files"), None, "cargo fmt")
        assert found.outcome is expected
    assert scene.told(
        Ended(1, {}, b"/tree/src/lib.rs\n", "", 1.0, False), source("files"), None, "cargo fmt"
    ).counts == {"src/lib.rs|format": 1}


@pytest.mark.parametrize(
    ("code", "printed", "expected", "words"),
    [
        (0, "", P, ""), (2, "src/a.ts(1,2): error TS2322: No.\n", F, "src/a.ts:1: TS2322: No."),
        (1, "something else\n", U, "tells no findings"), (1, "error TS18003: No inputs\n", U, "TS18003"),
    ],
)  # fmt: skip
def test_findings_count_by_file_and_rule_and_a_tool_that_stumbles_is_unknown(
    code: int, printed: str, expected: Outcome, words: str
) -> None:
    scene = Scene(frozenset({"src/a.ts"}), "/tree", {}, (), {}, "", never)
    found = scene.told(Ended(code, {}, printed.encode(), "", 1.0, False), source("tsc"), None, "tsc")
    assert found.outcome is expected
    assert words in found.detail
    assert dict(found.counts) == ({"src/a.ts|TS2322": 1} if expected is F else {})
