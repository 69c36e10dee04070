"""Types for real."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from windlass.plugins.checks.mypy import Settings, configuration, open, parse_errors
from windlass.verify import Outcome, Reading, Scene

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
    assert found.why["src/demo/__init__.py|assignment"].startswith("line 1: Incompatible types in assignment")
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


def test_a_project_that_sets_mypy_up_and_lacks_it_is_told() -> None:
    texts = {path: text.decode() for path, text in CONFIG.items()}
    scene = Scene(frozenset(CONFIG), "/", texts, (), {}, "/python", lambda argv, **_: None)
    check = open(Settings(), None)
    assert check.unable(scene) == check.absent(scene) != ""
    assert "no network" in check.unable(replace(scene, problem="no network"))
    assert check.unable(replace(scene, packages={"mypy": "2"})) == ""
    assert check.unable(replace(scene, texts={})) == ""
