"""The standard library's runner for real."""

import json
from collections.abc import Callable

import pytest

from windlass.plugins.checks.unittest import CASES_MAX, parse_cases, starts
from windlass.verify import Outcome, Reading

TEST = b"""
import unittest
class TestA(unittest.TestCase):
    def test_good(self): pass
    def test_bad(self): self.fail()
    @unittest.skip("no")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    def test_sub(self):
        for n in range(3):
            with self.subTest(n=n): self.assertNotEqual(n, 1)
"""


def test_every_test_is_reported_by_its_id(read: Callable[..., Reading]) -> None:
    found = read("unittest", {"tests/test_a.py": TEST, "tests/test_broken.py": b"import nothing_like_it\n"})
    assert found.outcome is Outcome.FAILED, found
    assert dict(found.cases) == {
        "tests/test_a.py::TestA::test_good": "passed", "tests/test_a.py::TestA::test_bad": "failed",
        "tests/test_a.py::TestA::test_skipped": "skipped", "tests/test_a.py::TestA::test_expected": "skipped",
        "tests/test_a.py::TestA::test_sub": "failed", "tests/test_broken.py": "error",
    }  # fmt: skip
    assert found.why["tests/test_broken.py"] == "ModuleNotFoundError: No module named 'nothing_like_it'"


def test_only_the_tests_asked_for_run_and_packages_keep_their_names(read: Callable[..., Reading]) -> None:
    files = {"pkg/__init__.py": b"", "pkg/tests/__init__.py": b"", "pkg/tests/test_a.py": TEST}
    one = "pkg/tests/test_a.py::TestA::test_good"
    found = read("unittest", files, only=(one,))
    assert (found.outcome, dict(found.cases)) == (Outcome.PASSED, {one: "passed"})


def test_a_test_that_ends_the_runner_is_not_a_pass(read: Callable[..., Reading]) -> None:
    leave = TEST.replace(b"self.fail()", b"__import__('os')._exit(0)")
    assert read("unittest", {"tests/test_a.py": leave}).outcome is Outcome.UNKNOWN
    stop = TEST.replace(b"test_bad(self): self.fail()", b"test_bad(self): self._outcome.result.stop()")
    stopped = read("unittest", {"tests/test_a.py": stop})
    assert (stopped.outcome, "stopped the run before its end" in stopped.detail) == (Outcome.UNKNOWN, True)
    skipped = read("unittest", {"tests/test_a.py": TEST.replace(b"class", b'@unittest.skip("no")\nclass')})
    assert (skipped.outcome, skipped.detail) == (Outcome.FAILED, "no test ran: all 5 were skipped")
    assert read("unittest", {"tests/test_a.py": b""}).outcome is Outcome.FAILED


def test_folders_to_start_from() -> None:
    assert starts({"tests/test_a.py", "tests/sub/test_b.py"}) == ["tests", "tests/sub"]
    assert starts({"test_a.py"}) == ["."]
    assert starts({"p/__init__.py", "p/t/__init__.py", "p/t/test_a.py"}) == ["p"]


def test_a_report_that_is_none() -> None:
    many = json.dumps(dict.fromkeys(range(CASES_MAX + 1), "passed")).encode()
    for text in (None, b"", b"[]", b'{"a": "great"}', b'{"a": []}', many):
        assert parse_cases(text, ()) is None


@pytest.mark.slow
def test_coverage_tells_the_lines_where_it_is_configured_and_installed(read: Callable[..., Reading]) -> None:
    files = {
        ".coveragerc": b"[run]\nsource = src\n",
        "src/demo.py": b"def f(x):\n    if x:\n        return 1\n    return 2\n",
        "tests/test_a.py": b"import unittest\n\nimport demo\n\n\nclass TestA(unittest.TestCase):\n"
        b"    def test_a(self):\n        self.assertTrue(demo.f(1))\n",
    }  # fmt: skip
    found = read("unittest", files, needs=("coverage",), coverage=True)
    assert found.outcome is Outcome.PASSED, found
    assert found.lines["src/demo.py"] == {1: True, 2: True, 3: True, 4: False}
    assert found.metrics == {"collected": 1.0}
    assert read("unittest", files, needs=("coverage",)).lines == {}
    without = read("unittest", files, needs=("packaging",), coverage=True)
    assert (without.outcome, without.lines) == (Outcome.PASSED, {})
