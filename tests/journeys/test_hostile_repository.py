"""A hostile repository is looked through, worked on and judged, and nothing of it happens on the host."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from windlass.sandbox import probe

_spec = importlib.util.spec_from_file_location("hostile", Path(__file__).parent / "hostile.py")
assert _spec is not None
assert _spec.loader is not None
hostile = importlib.util.module_from_spec(_spec)
sys.modules["hostile"] = hostile
_spec.loader.exec_module(hostile)

WINDLASS = [sys.executable, "-c", "from windlass.cli import main; main()"]
DAEMON_S = 3.0
"""A daemon that got out leaves its mark after two seconds."""


@pytest.fixture
def traps(tmp_path):
    made = hostile.Traps(tmp_path / "host")
    yield made
    made.close()


def windlass(home, *args, timeout=900, **more):
    env = {**os.environ, "WINDLASS_HOME": str(home), **more}
    return subprocess.run([*WINDLASS, *args], env=env, capture_output=True, text=True, timeout=timeout)


def test_the_traps_are_live(traps, tmp_path):
    """Run on the host, the attack does all it is said to do; otherwise its silence would prove nothing."""
    place = tmp_path / "bare"
    place.mkdir()
    (place / "attack.py").write_text(traps.attack())
    (place / "escape").symlink_to(traps.marks)
    done = subprocess.run(
        [sys.executable, "attack.py"], cwd=place, capture_output=True, text=True, env={**os.environ, "X": "y"}
    )
    assert traps.password in done.stderr
    assert traps.marked == ["direct"]
    time.sleep(DAEMON_S)
    assert traps.marked == ["daemon", "direct"]
    assert sorted(traps.heard) == ["direct"] * 3
    running = traps.processes()
    assert len(running) == 1
    os.kill(int(running[0].split(":")[0]), 9)


def test_the_git_traps_are_live(traps, tmp_path):
    hostile.build(tmp_path / "repo", traps)
    who = ["-c", "user.name=U", "-c", "user.email=u@example.org", "-c", "commit.gpgSign=false"]
    (tmp_path / "repo" / "app.py").write_text("x = 1\n")
    subprocess.run(["git", "-C", str(tmp_path / "repo"), *who, "commit", "-qam", "x"], capture_output=True)
    assert {"hook-pre-commit", "git-fsmonitor", "hook-reference-transaction"} <= set(traps.marked)
    assert {"git-clean", "git-process"} & set(traps.marked)


@pytest.mark.slow
@pytest.mark.skipif(not probe().ok, reason="needs a sandbox")
def test_nothing_of_a_hostile_repository_happens_on_the_host(traps, tmp_path):
    repo, home = tmp_path / "repo", tmp_path / "home"
    hostile.build(repo, traps)
    main = (repo / ".git" / "refs" / "heads" / "main").read_text()
    env = {"WINDLASS_TEST_PLANTED": traps.password}
    done = windlass(home, "run", "--repo", str(repo), "--land", "--max-tasks", "2", "--json", **env)
    time.sleep(DAEMON_S)
    assert done.returncode == 0, done.stderr[-4000:]
    assert (traps.marked, traps.heard, traps.processes()) == ([], [], [])
    assert hostile.leaks(home, [traps.password]) == []
    assert traps.password not in done.stdout + done.stderr
    assert json.loads(done.stdout)
    assert windlass(home, "audit", "verify").returncode == 0
    landed = (repo / ".git" / "refs" / "heads" / "main").read_text() != main
    assert (
        landed == ('"landed"' in windlass(home, "task", "list", "--repo", str(repo), "--json").stdout)
        or landed
    )
    assert not list((home / "attempts").glob("*"))


@pytest.mark.slow
@pytest.mark.skipif(not probe().ok, reason="needs a sandbox")
@pytest.mark.parametrize(
    "command", [("init",), ("doctor",), ("discover",), ("discover", "--dry-run"), ("status",)]
)
def test_looking_at_a_hostile_repository_is_harmless(traps, tmp_path, command):
    hostile.build(tmp_path / "repo", traps)
    windlass(
        tmp_path / "home", *command, "--repo", str(tmp_path / "repo"), WINDLASS_TEST_PLANTED=traps.password
    )
    time.sleep(DAEMON_S)
    assert (traps.marked, traps.heard, traps.processes()) == ([], [], [])
    assert hostile.leaks(tmp_path / "home", [traps.password]) == []
