"""File names, contents, links and sizes that nobody expects: found or left alone, and the rest goes on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.care import commit, landed, light, run, sound, untouched
from tests.journeys.plant import Plant
from windlass.sandbox import probe

pytestmark = pytest.mark.skipif(not probe().ok, reason="needs a sandbox")

CODE = b"import os\n\n\ndef f():\n    return 1\n"
BIG_BYTES = 200 * 1024 * 1024
SPARSE_BYTES = 1 << 30
MEMORY_MAX_KIB = 700 * 1024
MEASURED = """\
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""Runs a command and ends its output with the KiB that its largest process took; in this process the children
of other tests would count as well.
"""
"""For the largest process of a run: git holds the large blob once or twice, windlass never."""


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return light(tmp_path)


def write(plant: Plant, name: bytes, content: bytes) -> None:
    with open(os.fsencode(plant.repo) + b"/" + name, "wb") as file:
        file.write(content)


def found(plant: Plant) -> dict[str, list[str]]:
    """Title -> paths of every item, from output that is one JSON document."""
    done = plant.windlass("backlog", "list", "--repo", str(plant.repo), "--json")
    assert done.returncode == 0, done.stderr
    return {item["title"]: item["paths"] for item in json.loads(done.stdout)}


def test_names_and_contents_that_are_not_utf8(plant: Plant) -> None:
    """They are found, told in valid JSON, and the fix for the file beside them lands."""
    write(plant, b"shop/caf\xe9.py", b"# TODO: a name in latin-1\n")
    write(plant, b"shop/latin.py", b"# TODO: content caf\xe9 \xff\nx = 1\n")
    commit(plant)
    with untouched(plant):
        done = run(plant, "--land", "--json")
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)
    assert landed(plant) == ["1"]
    items = found(plant)
    assert items["To do: a name in latin-1"] == [os.fsdecode(b"shop/caf\xe9.py")]
    assert items["To do: content caf\ufffd \ufffd"] == ["shop/latin.py"]
    assert run(plant).returncode == 0
    sound(plant)


def test_names_like_options_and_names_of_two_lines(plant: Plant) -> None:
    """No name is taken for an option; one that no change may hold does not spoil the work on the others."""
    for name in (b"--upload-pack=x.py", b"-rf.py", b"shop/two\nlines.py", b'shop/tab\t"q".py'):
        write(plant, name, CODE)
    write(plant, b"--output=shop", b"# no code\n")
    commit(plant)
    with untouched(plant):
        done = run(plant, "--land", "--json")
    assert done.returncode == 0, done.stderr
    assert landed(plant)[:1] == ["1"]
    changed = plant.git("show", "--format=", "--name-only", "-z", f"{_commit_of(plant, '1')}").split("\0")
    assert set(filter(None, changed)) == {"--upload-pack=x.py", "-rf.py", "shop/part_0.py"}
    rejected = json.loads(done.stdout)["refused"]["rows"]
    assert all("control character" in reason for row in rejected for reason in row["reasons"])
    sound(plant)


def _commit_of(plant: Plant, task: str) -> str:
    return plant.git("log", "--format=%H", f"--grep=^Windlass-Task: {task}$", "main")


def test_links_in_circles_and_out_of_the_tree(plant: Plant) -> None:
    """No link is followed: nothing is told of what lies behind one, nothing outside is read or changed."""
    outside = plant.folder / "outside.py"
    outside.write_bytes(CODE + b"# TODO: private\n")
    for name, target in {
        "loop": "loop", "here": ".", "a.py": "b.py", "b.py": "a.py", "out.py": str(outside), "etc": "/etc",
        "up": "../../..", "shop/alias.py": "part_0.py", "hanging.py": "nowhere",
    }.items():  # fmt: skip
        os.symlink(target, plant.repo / name)
    commit(plant)
    with untouched(plant):
        done = run(plant, "--land")
    assert done.returncode == 0, done.stderr
    assert landed(plant) == ["1"]
    assert plant.git("show", "--format=", "--name-only", "main") == "shop/part_0.py"
    assert found(plant) == {}
    assert outside.read_bytes() == CODE + b"# TODO: private\n"
    sound(plant)


@pytest.mark.slow
def test_a_file_of_a_gigabyte_costs_neither_memory_nor_time(plant: Plant) -> None:
    """A large committed file shows in the coverage, an untracked one is not looked at, and the fix lands."""
    line = b"# TODO: one of many\n"
    with open(plant.repo / "big.sql", "wb") as file:
        file.write(b"-- TODO: one of many\n" * (BIG_BYTES // len(line)))
    commit(plant)
    with open(plant.repo / "untracked.py", "wb") as file:
        file.truncate(SPARSE_BYTES)
    looked = plant.windlass("discover", "--repo", str(plant.repo), "--json", timeout_s=120)
    assert looked.returncode == 0, looked.stderr
    comments = {row["source"]: row for row in json.loads(looked.stdout)["sources"]}["comments"]
    assert comments["coverage"] < 1.0
    command = plant._command(("run", "--repo", str(plant.repo), "--land"))
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *command], env=plant.env, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert landed(plant) == ["1"]
    assert int(done.stdout.splitlines()[-1]) < MEMORY_MAX_KIB
    assert (plant.repo / "untracked.py").stat().st_size == SPARSE_BYTES
    sound(plant)
