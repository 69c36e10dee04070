"""Cases as the dialects tell them."""

import pytest

from windlass.languages.reports.junit import read_cases, reason
from windlass.languages.reports.model import BadReport


def test_nested_suites_missing_names_and_all_results_are_told() -> None:
    cases = read_cases(b"""<testsuites><testsuite name="outer" file="a.js"><testsuite name="inner">
        <testcase name="one" classname="c" time="1.5"/><testcase><skipped/></testcase>
        <testcase name="two"><failure message="m">text</failure><error message="e"/></testcase></testsuite>
        <testcase name="three" file="b.js"><rerunFailure/><system-out>x</system-out></testcase>
        </testsuite></testsuites>""")
    assert [(c.name, c.result, c.file, c.suites) for c in cases] == [
        ("one", "passed", "a.js", ("outer", "inner")), ("", "skipped", "a.js", ("outer", "inner")),
        ("two", "error", "a.js", ("outer", "inner")), ("three", "passed", "b.js", ("outer",)),
    ]  # fmt: skip
    assert (cases[0].classname, cases[0].seconds, cases[0].said, cases[2].said) == ("c", 1.5, None, "m")


def test_an_error_beside_the_cases_of_a_suite_is_never_lost() -> None:
    cases = read_cases(b'<testsuite name="s"><testcase name="a"/><error message="died"/></testsuite>')
    assert [(c.name, c.result, c.suites) for c in cases] == [("a", "passed", ("s",)), ("", "error", ("s",))]


@pytest.mark.parametrize("text", [b"<html/>", b"<testsuites>", b'{"a": 1}', b"<!DOCTYPE a><testsuites/>"])
def test_anything_else_is_a_bad_report(text: bytes) -> None:
    with pytest.raises(BadReport):
        read_cases(text)


def test_the_reason_is_the_line_that_tells_most() -> None:
    assert reason("m\nE   x\nE   ValueError: no\n") == "ValueError: no"
    assert reason("\n  first\nsecond") == "first"
    assert reason("") == ""


def test_a_test_that_is_told_as_not_run_has_not_passed() -> None:
    report = b"""<testsuites><testsuite name="s">
    <testcase name="a" status="notrun" result="suppressed"/><testcase name="b" status="run" result="skipped"/>
    <testcase name="c" status="run" result="completed"/><testcase name="d" status="disabled"/>
    <testcase name="e" status="failed"/><testcase name="f" status="fail"><failure/></testcase>
    <testcase name="g" status="passed"/></testsuite></testsuites>"""
    found = {one.name: one.result for one in read_cases(report)}
    assert found == {
        "a": "skipped", "b": "skipped", "c": "passed", "d": "skipped", "e": "failed", "f": "failed",
        "g": "passed",
    }  # fmt: skip
