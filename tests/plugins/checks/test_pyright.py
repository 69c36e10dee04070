"""Types by pyright, for real where it brings its own Node."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from windlass.plugins.checks.pyright import Settings, configures, errors, open
from windlass.verify import Outcome, Reading, Scene

CONFIG = {"pyproject.toml": b'[tool.basedpyright]\ninclude = ["src"]\n'}


@pytest.mark.nightly
def test_errors_are_counted_by_file_and_rule(read: Callable[..., Reading]) -> None:
    files = {**CONFIG, "src/demo/__init__.py": b"x: int = 'a'\n"}
    found = read("pyright", files, needs=("basedpyright",))
    assert found.outcome is Outcome.FAILED, found
    assert dict(found.counts) == {"src/demo/__init__.py|reportAssignmentType": 1}
    clean = {**CONFIG, "src/demo/__init__.py": b"x: int = 1\n"}
    assert read("pyright", clean, needs=("basedpyright",)).outcome is Outcome.PASSED


def test_only_projects_that_configure_it_are_asked() -> None:
    assert configures({"pyproject.toml": "[tool.pyright]\n"}, frozenset())
    assert configures({}, frozenset({"pyrightconfig.json"}))
    assert not configures({"pyproject.toml": "[tool.mypy]\n"}, frozenset())
    assert not configures({"pyproject.toml": "["}, frozenset())


def test_a_report_counts_only_where_it_adds_up() -> None:
    told = {
        "generalDiagnostics": [
            {
                "file": "/tree/a.py", "severity": "error", "message": "m", "rule": "reportX",
                "range": {"start": {"line": 4, "character": 0}},
            },
            {"file": "/tree/a.py", "severity": "error", "message": "syntax"},
            {"file": "/tree/b.py", "severity": "warning", "message": "m", "rule": "reportY"},
        ],
        "summary": {"errorCount": 2},
    }  # fmt: skip
    found = [("a.py|reportX", 5, "m"), ("a.py|misc", 0, "syntax")]
    assert errors(json.dumps(told).encode(), "/tree") == found
    assert errors(json.dumps({**told, "summary": {"errorCount": 3}}).encode(), "/tree") is None
    assert errors(b"[]", "/tree") is None
    assert errors(b"not found: node", "/tree") is None


def test_a_project_that_sets_it_up_and_has_neither_is_told() -> None:
    texts = {path: text.decode() for path, text in CONFIG.items()}
    scene = Scene(frozenset(CONFIG), "/", texts, (), {"pytest": "9"}, "/python", lambda argv, **_: None)
    check = open(Settings(), None)
    assert check.unable(scene) == check.absent(scene) != ""
    assert check.unable(replace(scene, packages={"pyright": "1"})) == ""
    assert check.unable(replace(scene, texts={})) == ""


def test_a_number_without_end_is_no_report() -> None:
    report = b'{"generalDiagnostics": [], "summary": {"errorCount": 1e999}}'
    assert errors(report, "/tree") is None
