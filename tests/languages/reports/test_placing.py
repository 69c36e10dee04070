"""Ids of the dialects of JUnit: each begins with the file of its test, where one can be told."""

import pytest

from windlass.languages.reports.placing import Places, parse_junit

FILES = frozenset({
    "src/test/java/demo/SumTest.java", "src/main/java/demo/Sum.java", "test/add.test.js", "index.js",
    "packages/a/test/b.test.ts", "tests/test_a.py", "pkg/sum_test.go",
})  # fmt: skip
PLACES = Places(FILES, "/checkouts/verify-1/tree", "example.com/m")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("test/add.test.js", "test/add.test.js"), ("./test/add.test.js", "test/add.test.js"),
        ("/checkouts/verify-1/tree/index.js", "index.js"), ("/elsewhere/node_modules/x/index.js", ""),
        ("/tmp/windlass-0123456789abcdef/checkout/index.js", "index.js"), ("test/b.test.ts",
        "packages/a/test/b.test.ts"), ("node_modules/x/index.js", ""), ("example.com/m/pkg/sum_test.go",
        "pkg/sum_test.go"), ("file:///checkouts/verify-1/tree/index.js", "index.js"),
        ("../../etc/passwd", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_path_leads_to_a_file_of_the_tree_or_nowhere(told: str, expected: str) -> None:
    assert PLACES.file(told) == expected


def test_an_end_that_several_files_have_is_none() -> None:
    assert Places({"a/x/t.js", "b/x/t.js"}).file("x/t.js") == ""


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ('classname="demo.SumTest" name="adds"', "src/test/java/demo/SumTest.java::adds"),
        ('classname="demo.SumTest$Inside" name="deep"', "src/test/java/demo/SumTest.java::Inside::deep"),
        ('file="/checkouts/verify-1/tree/test/add.test.js" name="s > t"', "test/add.test.js::outer::s > t"),
        ('file="/checkouts/verify-1/tree/test/add.test.js" name=""', "test/add.test.js::outer"),
        ('classname="test/add.test.js" name="s > t"', "test/add.test.js::s > t"),
        ('classname="tests.test_a.TestB" name="t[1]"', "tests/test_a.py::TestB::t[1]"),
        ('classname="a suite" name="t" file="test/add.test.js"', "test/add.test.js::a suite::t"),
        ('classname="demo::tests" name="tests::adds"', "demo::tests::tests::adds"),
        ('classname="" name="t"', "outer::t"), ("", "outer"),
    ],
)  # fmt: skip
def test_cases_are_called_by_their_file(case: str, expected: str) -> None:
    report = f'<testsuites><testsuite name="outer"><testcase {case}/></testsuite></testsuites>'
    if "classname" in case and 'classname=""' not in case:
        report = report.replace(' name="outer"', "")
    assert list(parse_junit([report.replace("s > t", "s &gt; t").encode()], PLACES).cases) == [expected]


def test_several_reports_are_one_and_the_worst_result_stays() -> None:
    one = b'<testsuite><testcase classname="demo.SumTest" name="t"><failure/></testcase></testsuite>'
    other = b'<testsuite><testcase classname="demo.SumTest" name="t"/></testsuite>'
    assert parse_junit([one, other], PLACES).cases == {"src/test/java/demo/SumTest.java::t": "failed"}
    assert parse_junit([b"<testsuite><testcase/></testsuite>"], PLACES).cases == {
        "a test without a name": "passed"
    }
