"""What the programs have in common, with a small one of each kind."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from windlass.plugins.checks.migrations import INSIDE
from windlass.plugins.checks.migrations.inside import attempt, told

PROGRAM = """from windlass.plugins.checks.migrations.inside import Account, told

class Look(Account):
    def run(self):
        import beside
        self.put("migration-fails", ("a.py", 3), "one\\ntwo", about="x" * 200)
        %s
"""


def answer(place: Path, last: str) -> Any:
    """Of a program with this last line, in a folder that holds a module."""
    (place / "sub").mkdir()
    (place / "sub" / "beside.py").touch()
    order = json.dumps({"folder": "sub", "limit_s": 60})
    words = [sys.executable, "-I", "-S", "-c", INSIDE, order, str(place / "told.json"), PROGRAM % last]
    subprocess.run(words, check=True, cwd=place)
    return json.loads((place / "told.json").read_text())


def test_a_program_imports_what_runs_it_and_tells_what_it_found(tmp_path: Path) -> None:
    found = answer(tmp_path, "self.notes.append(told(KeyError(1)))")
    (fault,) = found["faults"]
    assert (fault["path"], fault["line"], fault["text"], len(fault["about"])) == ("a.py", 3, "one two", 100)
    assert found["notes"] == ["KeyError: 1"]


def test_one_that_ends_itself_leaves_what_it_had(tmp_path: Path) -> None:
    found = answer(tmp_path, "raise SystemExit(3)")
    assert (len(found["faults"]), found["notes"]) == (1, ["SystemExit: 3"])


def test_how_a_call_broke_is_a_value_in_one_line() -> None:
    error = attempt(lambda: int("a\nb"))
    assert isinstance(error, ValueError)
    assert "\n" not in told(error)
    assert attempt(lambda: None) is None
