"""Lines that ran, in five forms; the same of broken ones: never a figure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.languages.reports.coverage import LINE_MAX, parse_coverage
from windlass.languages.reports.model import BadReport
from windlass.languages.reports.placing import Places

FILES = ("src/add.js", "src/demo/a.py", "sum/sum.go", "app/src/main/java/demo/Sum.java")
PLACES = Places(FILES, "/tree", "example.com/m")
LCOV = "TN:\nSF:/tree/src/add.js\nFN:1,add\nDA:1,2\nDA:2,0,hash\nBRDA:1,0,0,-\nLF:2\nend_of_record\n"
COBERTURA = """<?xml version="1.0"?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage line-rate="0.5"><sources><source>/tree/src</source></sources><packages><package><classes>
<class filename="demo/a.py"><methods><method><lines><line number="1" hits="1"/></lines></method></methods>
<lines><line number="1" hits="1"/><line number="2" hits="0"/></lines></class></classes></package></packages>
</coverage>"""
GO = """mode: set
example.com/m/sum/sum.go:3.24,4.2 1 1
example.com/m/sum/sum.go:6.2,6.9 1 0
x/y.go:1.1,2.2 1 0
"""
JACOCO = """<?xml version="1.0"?><!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">
<report name="m"><sessioninfo id="a" start="1" dump="2"/><group name="g"><package name="demo">
<class name="demo/Sum" sourcefilename="Sum.java"><method name="add" desc="()I" line="2"/></class>
<sourcefile name="Sum.java"><line nr="2" mi="0" ci="3" mb="0" cb="0"/>
<line nr="3" mi="2" ci="0" mb="0" cb="0"/>
</sourcefile></package></group></report>"""
COVERAGEPY = """{"meta": {"format": 3}, "files": {"src/demo/a.py": {"executed_lines": [0, 1, 4],
"missing_lines": [5], "excluded_lines": [7]},
"/usr/lib/x.py": {"executed_lines": [1], "missing_lines": []}}}"""


@pytest.mark.parametrize(
    ("form", "text", "path", "lines"),
    [
        ("lcov", LCOV, "src/add.js", {1: True, 2: False}),
        ("cobertura", COBERTURA, "src/demo/a.py", {1: True, 2: False}),
        ("go", GO, "sum/sum.go", {3: True, 4: True, 6: False}),
        ("jacoco", JACOCO, "app/src/main/java/demo/Sum.java", {2: True, 3: False}),
        ("coveragepy", COVERAGEPY, "src/demo/a.py", {1: True, 4: True, 5: False}),
    ],
)
def test_lines_are_told_of_files_of_the_tree(form: str, text: str, path: str, lines: dict[int, bool]) -> None:
    assert parse_coverage(form, [text.encode()], PLACES).files == {path: lines}


def test_a_line_that_ran_once_has_run() -> None:
    twice = [LCOV.encode(), LCOV.replace("DA:2,0", "DA:2,1").replace("DA:1,2", "DA:1,0").encode()]
    assert parse_coverage("lcov", twice, PLACES).percent == 100.0


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("lcov", LCOV.replace("DA:1,2", "DA:1,-2")), ("lcov", LCOV.replace("DA:1,2", "DA:1,nan")),
        ("lcov", LCOV.replace("DA:1,2", "DA:1")), ("lcov", LCOV.replace("DA:1,2", f"DA:{LINE_MAX + 1},1")),
        ("lcov", LCOV.replace("end_of_record", "")), ("lcov", "DA:1,1\n"), ("lcov", ""), ("lcov", "\0"),
        ("lcov", LCOV.replace("/tree/", "/elsewhere/")), ("lcov", LCOV.replace("DA:1,2", "DA:0,1")),
        ("cobertura", COBERTURA.replace('hits="0"', 'hits="-1"')), ("cobertura", JACOCO),
        ("cobertura", COBERTURA.replace('number="2" ', "")), ("cobertura", COBERTURA[:200]),
        ("go", "mode: set\nnonsense\n"), ("go", GO.replace("mode", "Mode")), ("go", ""),
        ("go", "mode: set\nexample.com/m/sum/sum.go:9.1,3.1 1 1\n"),
        ("go", "mode: set\nexample.com/m/sum/sum.go:1.1,999999999.1 1 1\n"),
        ("jacoco", JACOCO.replace('ci="3"', 'ci="NaN"')), ("jacoco", COBERTURA), ("jacoco", "{}"),
        ("coveragepy", "[]"), ("coveragepy", "7"), ("coveragepy", COVERAGEPY[:90]),
        ("coveragepy", '{"files": 7}'),
        ("coveragepy", COVERAGEPY.replace("[5]", '"5"')), ("coveragepy", COVERAGEPY.replace("[5]", "[-5]")),
        ("coveragepy", COVERAGEPY.replace("[5]", "[5.5]")), ("coveragepy", COVERAGEPY.replace("src", "lib")),
        ("coveragepy", COVERAGEPY.replace("[5]", "[true]")), ("coveragepy", "[" * 100_000),
        ("jacoco", JACOCO.replace('.dtd">', '.dtd" [<!ENTITY a "b">]>')),
    ],
)  # fmt: skip
def test_what_is_broken_gives_no_figure(form: str, text: str) -> None:
    with pytest.raises(BadReport):
        parse_coverage(form, [text.encode()], PLACES)


def test_a_file_of_cobertura_is_below_its_source_and_not_one_of_the_same_name() -> None:
    report = """<coverage><sources><source>/tree/src</source></sources><packages><package><classes>
    <class filename="a.py"><lines><line number="1" hits="1"/></lines></class></classes></package></packages>
    </coverage>"""
    places = Places(("a.py", "src/a.py"), "/tree")
    assert parse_coverage("cobertura", [report.encode()], places).files == {"src/a.py": {1: True}}
    other = report.replace("/tree/src", "/elsewhere")
    assert parse_coverage("cobertura", [other.encode()], places).files == {"a.py": {1: True}}


def test_a_file_of_jacoco_is_the_one_of_its_name() -> None:
    report = """<report name="m"><package name="demo"><sourcefile name="Foo.Text.kt"><line nr="1" ci="1"/>
    </sourcefile><sourcefile name="Foo.kt"><line nr="2" ci="1"/></sourcefile></package></report>"""
    places = Places(("src/demo/Foo.java", "src/demo/Foo.kt"), "/tree")
    assert parse_coverage("jacoco", [report.encode()], places).files == {"src/demo/Foo.kt": {2: True}}
    places = Places((*places.files, "src/demo/Foo.Text.kt"), "/tree")
    found = parse_coverage("jacoco", [report.encode()], places).files
    assert found == {"src/demo/Foo.kt": {2: True}, "src/demo/Foo.Text.kt": {1: True}}


@given(st.sampled_from([LCOV, COBERTURA, GO, JACOCO, COVERAGEPY]), st.integers(0, 700), st.binary(max_size=9))
def test_whatever_is_broken_into_a_report_it_is_read_or_refused(text: str, at: int, more: bytes) -> None:
    content = text.encode()
    content = content[:at] + more + content[at + len(more) :]
    for form in ("lcov", "cobertura", "go", "jacoco", "coveragepy"):
        try:
            found = parse_coverage(form, [content], PLACES)
        except BadReport:
            continue
        assert set(found.files) <= set(FILES)
        assert all(0 < number <= LINE_MAX for lines in found.files.values() for number in lines)
