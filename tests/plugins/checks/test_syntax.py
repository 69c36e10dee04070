"""Syntax for real."""

from collections.abc import Callable

from windlass.plugins.checks.syntax import parse_found
from windlass.verify import Outcome, Reading

PLANTED = b"import os\nos._exit(7)\n"


def test_broken_files_are_named_and_nothing_is_run(read: Callable[..., Reading]) -> None:
    files = {"a.py": b"def (\n", "b.py": PLANTED, "c.py": b"x = '\xff'\n", "d.py": b"x = 1\0\n"}
    found = read("syntax", files, only=("a.py", "b.py", "c.py", "d.py", "gone.py"))
    assert found.outcome is Outcome.FAILED
    assert set(found.counts) == {"a.py|syntax", "c.py|syntax", "d.py|syntax"}
    assert found.metrics["files"] == 4
    assert found.why["a.py|syntax"].startswith("SyntaxError: ")
    assert found.why["a.py|syntax"].endswith("(line 1)")


def test_a_file_that_breaks_the_compiler_does_not_pass(read: Callable[..., Reading]) -> None:
    deep = b"x = " + b"(" * 100_000
    assert read("syntax", {"a.py": deep}, only=("a.py",)).outcome is not Outcome.PASSED


def test_no_changed_python_is_a_pass(read: Callable[..., Reading]) -> None:
    assert read("syntax", {"a.py": b"def ("}, only=()).outcome is Outcome.PASSED


def test_a_report_that_is_none() -> None:
    assert parse_found(None) is None
    assert parse_found(b"[]") is None
    assert parse_found(b"{}") == {}
