"""What was written inside is believed only where it could be true."""

import json

import pytest

from windlass.plugins.checks.migrations.told import parse_told

FAULT = {"rule": "migration-fails", "path": "a.py", "line": 3, "about": "", "text": "x\x1b[1m\ny|z"}


def told(*faults: object, notes: object = ()) -> bytes:
    return json.dumps({"faults": list(faults), "notes": list(notes)}).encode()


def test_faults_are_of_files_that_are_there_and_say_one_line() -> None:
    found = parse_told(told(FAULT, {**FAULT, "path": "../etc"}, notes=["a\nb"]), {"a.py"}, "alembic.ini")
    assert found is not None
    assert [(one.path, one.line, one.text) for one in found[0]] == [
        ("a.py", 3, "x [1m y z"), ("alembic.ini", 0, "x [1m y z"),
    ]  # fmt: skip
    assert found[1] == ["a b"]


@pytest.mark.parametrize(
    "report",
    [
        None, b"", b"{", b"[]", b"{}", told({**FAULT, "rule": "other"}), told({**FAULT, "line": -1}),
        told({**FAULT, "line": True}), told({**FAULT, "text": 3}), told(3), told(*[FAULT] * 201),
        told(notes=[1]), b"[" * 100_000, b" " * (1024 * 1024 + 1),
    ],
)  # fmt: skip
def test_anything_else_is_no_report(report: bytes | None) -> None:
    assert parse_told(report, {"a.py"}, "alembic.ini") is None
