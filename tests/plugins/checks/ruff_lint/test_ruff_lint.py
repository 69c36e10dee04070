"""Lint for real."""

from collections.abc import Callable

import pytest

from windlass.plugins.checks.ruff_lint import parse_ruff
from windlass.verify import Outcome, Reading


def test_windlass_own_small_set_where_the_project_has_none(read: Callable[..., Reading]) -> None:
    found = read("ruff_lint", {"a.py": b"import os\nl = 1\n", "b/c.py": b"def (\n"})
    assert found.outcome is Outcome.FAILED
    assert found.counts["a.py|F401"] == 1
    assert found.why["a.py|F401"] == "line 1: `os` imported but unused"
    assert found.counts["b/c.py|invalid-syntax"] >= 1


def test_the_projects_own_rules_where_it_has_some(read: Callable[..., Reading]) -> None:
    rules = b'[tool.ruff.lint]\nselect = ["D100"]\n'
    found = read("ruff_lint", {"a.py": b"import os\n", "pyproject.toml": rules})
    assert dict(found.counts) == {"a.py|D100": 1}


def test_a_broken_configuration_is_unknown_with_what_ruff_says(read: Callable[..., Reading]) -> None:
    found = read("ruff_lint", {"a.py": b"", "ruff.toml": b"select = 7\n"})
    assert found.outcome is Outcome.UNKNOWN
    assert "expected a sequence" in found.detail


def test_a_clean_tree_passes(read: Callable[..., Reading]) -> None:
    assert read("ruff_lint", {"a.py": b"x = 1\n"}).outcome is Outcome.PASSED


def test_a_report_is_counted_by_path_and_rule() -> None:
    one = b'{"filename": "/t/a.py", "code": "F401"}'
    report = b"[" + one + b"," + one + b', {"filename": "/t/b", "code": null}]'
    assert parse_ruff(report, "/t") == {"a.py|F401": 2, "b|invalid-syntax": 1}
    for junk in (b"", b"{}x", b'[{"code": 1}]'):
        with pytest.raises((ValueError, KeyError)):
            parse_ruff(junk, "/t")
