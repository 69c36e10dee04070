"""Where reports are, as people write it."""

import pytest

from windlass.kernel import Invalid
from windlass.languages.reports.model import BadReport
from windlass.languages.reports.placing import Places
from windlass.languages.reports.source import lines, lines_source, source

PLACES = Places({"src/a.js", "test/a.test.js", "old.xml"}, "/tree")


def test_a_path_is_in_the_tree_unless_it_begins_with_out() -> None:
    assert source("junit:build/*.xml").output == "{tree}/build/*.xml"
    assert source("junit:{out}/a.xml").output == "{out}/a.xml"
    assert source("go").output == source("cargo").output == ""


@pytest.mark.parametrize(
    "words", ["", "junit", "junit:", "junit:/etc/x", "junit:a/../../x", "xunit:a", "junit:{out}/"]
)
def test_what_names_no_report_is_refused_with_what_is_known(words: str) -> None:
    with pytest.raises(Invalid):
        source(words)


def test_lines_have_forms_of_their_own() -> None:
    assert lines_source("jacoco:**/jacoco.xml").form == "jacoco"
    with pytest.raises(Invalid, match="names no report"):
        lines_source("junit:a.xml")


def test_a_file_of_the_repository_is_nobodys_report() -> None:
    for words, name in (("junit:old.xml", "{tree}/old.xml"), ("junit:*.xml", "{tree}/*.xml\nold.xml")):
        with pytest.raises(BadReport, match="file of the repository"):
            source(words).contents(b"", {name: b"<testsuite/>"}, PLACES)
    with pytest.raises(BadReport, match="no file"):
        source("junit:new.xml").contents(b"", {}, PLACES)


def test_lines_of_tests_do_not_count() -> None:
    text = "".join(
        f"SF:{path}\nDA:1,{ran}\nend_of_record\n" for path, ran in (("src/a.js", 0), ("test/a.test.js", 1))
    )
    found = lines(lines_source("lcov:{out}/l"), b"", {"{out}/l": text.encode()}, PLACES)
    assert found.percent == 0.0
