"""XML that wants to be more than text."""

import pytest

from windlass.languages.reports.markup import DEPTH_MAX, walk
from windlass.languages.reports.model import BadReport

HOSTILE = [
    b"", b"no xml", b"<a>", b"\xff\xfe\x00", b"<!DOCTYPE a><a/>",
    b'<!DOCTYPE coverage [<!ENTITY x SYSTEM "file:///etc/passwd">]><coverage>&x;</coverage>',
    b'<!DOCTYPE coverage [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]><coverage>&y;</coverage>',
    b"<a>" * (DEPTH_MAX + 1) + b"</a>" * (DEPTH_MAX + 1), b"<?xml version='1.0' encoding='nonsense'?><a/>",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_entities_depth_and_what_is_no_xml_are_refused(text: bytes) -> None:
    with pytest.raises(BadReport):
        walk(text, lambda tag, told: None, doctype="coverage")


def test_a_document_type_by_name_alone_is_read_and_nothing_is_fetched() -> None:
    seen: list[str] = []
    text = b'<!DOCTYPE coverage SYSTEM "http://127.0.0.1:1/coverage.dtd"><coverage><line/></coverage>'
    walk(text, lambda tag, told: seen.append(tag), doctype="coverage")
    assert seen == ["coverage", "line"]
