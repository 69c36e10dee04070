"""Types for real."""

from collections.abc import Callable

import pytest

from windlass.plugins.checks.mypy import configuration, parse_errors
from windlass.verify import Outcome, Reading

CONFIG = {"pyproject.toml": b"[tool.mypy]\nstrict = true\n"}


@pytest.mark.slow
def test_errors_are_counted_by_file_and_code(read: Callable[..., Reading]) -> None:
    files = {**CONFIG, "src/demo/__init__.py": b"x: int = 'a'\n\n\ndef f():\n    return 1\n"}
    found = read("mypy", files, needs=("mypy",))
    assert found.outcome is Outcome.FAILED, found
    assert dict(found.counts) == {
        "src/demo/__init__.py|assignment": 1,
        "src/demo/__init__.py|no-untyped-def": 1,
    }
    clean = {**CONFIG, "src/demo/__init__.py": b"x: int = 1\n"}
    assert read("mypy", clean, needs=("mypy",)).outcome is Outcome.PASSED


def test_configuration_is_found_where_mypy_looks() -> None:
    assert configuration({"mypy.ini": "[mypy]\nfiles = a\n"}) == {"files": "a"}
    assert configuration({"setup.cfg": "[mypy]\n"}) == {}
    assert configuration({"pyproject.toml": "[tool.mypy]\nstrict = true\n"}) == {"strict": True}
    assert configuration({"pyproject.toml": "["}) is None
    assert configuration({}) is None


def test_notes_are_not_errors() -> None:
    text = "a.py:1: error: No [x]  [assignment]\na.py:2: note: hint\na.py:3:4: error: bare\n"
    assert parse_errors(text) == {"a.py|assignment": 1, "a.py|misc": 1}
