"""Pytest's report, honest and forged."""

import json

import pytest

from windlass.languages.reports import BadReport
from windlass.languages.reports.junit import SAID_MAX
from windlass.languages.reports.model import CASES_MAX, WHY_MAX, WHYS_MAX
from windlass.plugins.checks.pytest.junit import node_id, parse_junit, total_coverage

FILES = {"tests/test_a.py", "tests/sub/test_b.py", "src/pkg/m.py", "tests/test_mypy.yml"}


def report(*cases: str) -> bytes:
    return f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>".encode()


def case(classname: str, name: str, inside: str = "") -> str:
    return f'<testcase classname="{classname}" name="{name}">{inside}</testcase>'


def test_ids_are_those_that_pytest_takes_back() -> None:
    found = parse_junit(
        report(
            case("tests.test_a", "test_x[a.b]"), case("tests.sub.test_b.TestC", "test_y", "<failure/>"),
            case("", "tests.test_a", "<error/>"), case("src.pkg.m", "pkg.m.f", "<skipped/>"),
            case("tests.test_mypy.yml", "one"),
        ), FILES,
    )  # fmt: skip
    assert found.cases == {
        "tests/test_a.py::test_x[a.b]": "passed", "tests/sub/test_b.py::TestC::test_y": "failed",
        "tests/test_a.py": "error", "src/pkg/m.py::pkg.m.f": "skipped", "tests/test_mypy.yml::one": "passed",
    }  # fmt: skip


@pytest.mark.parametrize("order", [("<failure/>", ""), ("", "<failure/>")])
def test_the_worst_result_of_a_test_counts(order: tuple[str, str]) -> None:
    found = parse_junit(report(*(case("tests.test_a", "t", inside) for inside in order)), FILES)
    assert found.cases == {"tests/test_a.py::t": "failed"}


def test_a_failure_and_an_error_in_teardown_are_an_error() -> None:
    assert parse_junit(report(case("x", "t", "<failure/><error/>")), FILES).cases == {"x::t": "error"}


@pytest.mark.parametrize(
    "text",
    [
        b"", b"no xml", b"<html/>", b"<testsuites>", b"<!DOCTYPE a><testsuites/>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuites>&x;</testsuites>',
        b"<testsuites>" + b"<a>" * 50 + b"</a>" * 50 + b"</testsuites>",
        b'<?xml version="1.0" encoding="nobodys"?><testsuites/>', report(case("a", "b"))[:-20],
        report(case("a", "b\x01")), report(case("a", "b", case("a", "c", "<failure/>"))),
        report(*['<testcase name="x"/>'] * (CASES_MAX + 1)),
    ],
)  # fmt: skip
def test_anything_else_is_a_bad_report(text: bytes) -> None:
    with pytest.raises(BadReport):
        parse_junit(text, FILES)


def test_seconds_are_summed_by_file_the_last_file_last() -> None:
    texts = [("test_a", "1.5"), ("test_a", "nan"), ("sub.test_b", "0.25"), ("test_a", "-3"), ("test_a", "x")]
    cases = (f'<testcase classname="tests.{m}" name="t{n}" time="{t}"/>' for n, (m, t) in enumerate(texts))
    spent = parse_junit(report(*cases, case("gone", "t")), FILES).spent
    assert list(spent.items()) == [("tests/sub/test_b.py", 0.25), ("tests/test_a.py", 1.5)]


def test_names_and_failures_without_end_cost_no_time() -> None:
    deep = [case("a." * 50_000, f"t{number}") for number in range(200)]
    assert len(parse_junit(report(*deep), FILES).cases) == 1  # cut to one length, they are one
    long = case("tests.test_a", "t", f"<failure>{'E x&#10;' * SAID_MAX}</failure>")
    assert parse_junit(report(long), FILES).why == {"tests/test_a.py::t": "x"}


def test_an_unknown_class_keeps_its_name() -> None:
    assert node_id("other.thing", "t", {}) == "other.thing::t"
    assert node_id("", "gone", {}) == "gone"


def test_coverage_is_a_percentage_or_nothing() -> None:
    told = {"files": {"tests/test_a.py": {}}, "totals": {"percent_covered": 87.5}}
    assert total_coverage(json.dumps(told).encode(), FILES) == 87.5
    assert total_coverage(json.dumps(told).encode(), ["other.py"]) is None
    for text in (
        b"",
        b"[]",
        b"{}",
        b'{"totals": {"percent_covered": 90}}',
        b'{"files": [], "totals": {"percent_covered": 90}}',
        b'{"files": 3, "totals": {"percent_covered": 90}}',
        b'{"files": ["tests/test_a.py"], "totals": {"percent_covered": 900}}',
        b'{"files": ["tests/test_a.py"], "totals": {"percent_covered": NaN}}',
        b'{"files": ["tests/test_a.py"], "totals": {"percent_covered": "x"}}',
    ):
        assert total_coverage(text, FILES) is None


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("E   AssertionError: no\nE   assert 1 == 2", "AssertionError: no"),
        ("E   assert 1 == 2\nE    +  where", "assert 1 == 2"),
        ("E     File &quot;a.py&quot;, line 1\nE       def (:\nE   SyntaxError: no", "SyntaxError: no"),
        ("Traceback\nsomething", "message"),
    ],
)
def test_what_a_failure_said_is_its_exception(said: str, line: str) -> None:
    failure = f'<failure message="message">{said}</failure>'
    found = parse_junit(report(case("tests.test_a", "t", failure), case("tests.test_a", "u")), FILES)
    assert found.why == {"tests/test_a.py::t": line}


def test_what_failures_say_is_bounded() -> None:
    long = case("tests.test_a", "t", f"<failure>E   {'x' * 10_000}</failure>")
    assert [len(why) for why in parse_junit(report(long), FILES).why.values()] == [WHY_MAX]
    many = [case("tests.test_a", f"t{number}", "<error/>") for number in range(WHYS_MAX + 1)]
    assert len(parse_junit(report(*many), FILES).why) == WHYS_MAX
