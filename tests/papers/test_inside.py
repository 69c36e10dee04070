"""The program as the sandbox runs it: our interpreter, nothing of the house but this room."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from windlass.papers import inside, walk
from windlass.papers.starting import argv, lent
from windlass.papers.told import parse_told


def test_it_runs_without_the_house(tmp_path: Path) -> None:
    tree, out = tmp_path / "tree", tmp_path / "out"
    tree.mkdir()
    out.mkdir()
    (tree / "a.md").write_text("[x](y.md)\n")
    command = [
        word.replace("{out}", str(out)) for word in argv(lent(sys.executable), "documents", {"leave_out": []})
    ]
    done = subprocess.run(command, cwd=tree, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    told = parse_told((out / "papers.json").read_bytes(), {"a.md"})
    assert told is not None
    assert [one.key for one in told.faults] == ["a.md|missing-target y.md"]


def test_a_tree_that_is_too_large_is_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "ENTRIES_MAX", 0)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.md").touch()
    inside.main(json.dumps({"kind": "documents", "leave_out": []}), str(tmp_path / "told.json"))
    told = parse_told((tmp_path / "told.json").read_bytes(), set())
    assert told is not None
    assert len(told.unread) == 1
