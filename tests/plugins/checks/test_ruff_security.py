"""ruff's security rules over the files asked for, whatever the project says."""

from collections.abc import Callable

from windlass.plugins.checks.ruff_security import parse_findings
from windlass.verify import Outcome, Reading

CODE = b"import subprocess\n\nsubprocess.run('ls', shell=True)  # noqa: S602\nassert True\n"
QUIET = b'[tool.ruff.lint]\nselect = ["F"]\n'


def test_settings_and_comments_hide_nothing(read: Callable[..., Reading]) -> None:
    found = read("ruff_security", {"pyproject.toml": QUIET, "a.py": CODE}, only=("a.py", "gone.py"))
    assert found.outcome is Outcome.FAILED, found
    assert {rule.partition("|")[2] for rule in found.counts} <= {"S602", "S607"}
    assert all(text.startswith("line 3: ") for text in found.why.values())
    assert "a.py|S602" in found.counts or "a.py|S607" in found.counts


def test_clean_and_absent_files_pass(read: Callable[..., Reading]) -> None:
    assert read("ruff_security", {"a.py": b"x = 1\n"}, only=("a.py",)).outcome is Outcome.PASSED
    assert read("ruff_security", {"a.py": CODE}, only=("b.py",)).outcome is Outcome.PASSED


def test_a_report_that_is_none() -> None:
    for report in (None, b"", b"{}x", b'[{"filename": "a.py"}]', b"[1]"):
        assert parse_findings(report, "/tree") is None
    assert parse_findings(b"[]", "/tree") == ({}, {})


def test_a_number_without_end_is_no_report() -> None:
    report = b'[{"filename": "a", "code": "S1", "message": "m", "location": {"row": 1e999}}]'
    assert parse_findings(report, "/tree") is None
