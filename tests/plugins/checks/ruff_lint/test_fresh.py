"""Which findings are a change's own."""

import json

import pytest

from windlass.plugins.checks.ruff_lint.fresh import Finding, findings, own

OLD = Finding("a.py", "F541", 3, "f-string without any placeholders")
UNUSED = Finding("a.py", "F401", 1, "`os` imported but unused")


def test_what_stands_on_a_new_line_is_own_and_what_stood_there_is_not() -> None:
    moved, new = Finding("a.py", "F541", 9, OLD.message), Finding("a.py", "F541", 7, OLD.message)
    assert own([moved, new], [OLD], {"a.py": {7}}, {}) == [new]


def test_an_old_line_is_own_where_the_base_does_not_say_it() -> None:
    """The last use of what is imported there went away."""
    assert own([OLD, UNUSED], [OLD], {"a.py": {8}}, {}) == [UNUSED]


def test_a_file_that_moved_brings_its_findings_along() -> None:
    here = Finding("b.py", "F541", 3, OLD.message)
    assert own([here], [OLD], {}, {"b.py": "a.py"}) == []
    assert own([here], [OLD], {}, {}) == [here]


def test_a_report_is_read_as_ruff_writes_it() -> None:
    one = {"filename": "/t/a.py", "code": None, "location": {"row": 2}, "message": "x" * 500}
    (found,) = findings(json.dumps([one]).encode(), "/t/")
    assert (found.key, found.row, len(found.message)) == ("a.py|invalid-syntax", 2, 120)
    for junk in (b"", b"{}x", b"[{}]", b"[3]"):
        with pytest.raises((ValueError, KeyError, TypeError)):
            findings(junk, "/t")
