"""A hostile repository is looked through, worked on and judged, and nothing of it happens on the host."""

import importlib.util
import json
import os
import sqlite3
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


def run_hostile(traps, tmp_path, **more):
    """One landing run over the hostile repository; the verdicts it came to and what is in the evidence."""
    repo, home = tmp_path / "repo", tmp_path / "home"
    hostile.build(repo, traps, more=more)
    secret = {"WINDLASS_TEST_PLANTED": traps.password}
    done = windlass(home, "run", "--repo", str(repo), "--land", "--max-tasks", "2", "--json", **secret)
    time.sleep(DAEMON_S)
    assert done.returncode == 0, done.stderr[-4000:]
    assert (traps.marked, traps.heard, traps.processes()) == ([], [], [])
    assert hostile.leaks(home, [traps.password]) == []
    assert traps.password not in done.stdout + done.stderr
    assert json.loads(done.stdout)
    assert windlass(home, "audit", "verify").returncode == 0
    assert [path for path in (home / "attempts").rglob("*") if path.is_file()] == []
    with sqlite3.connect(f"file:{home / 'windlass.db'}?mode=ro", uri=True) as database:
        verdicts = [row[0] for row in database.execute("SELECT verdict FROM wl_verdict")]
        said = [row[0] for row in database.execute("SELECT detail FROM wl_evidence")]
    return verdicts, "\n".join(said)


@pytest.mark.slow
@pytest.mark.skipif(not probe().ok, reason="needs a sandbox")
def test_nothing_of_a_hostile_repository_happens_on_the_host(traps, tmp_path):
    """Every trap springs inside the sandbox, where there is nothing to reach; the honest fix lands."""
    verdicts, said = run_hostile(traps, tmp_path)
    assert "SECRET?" in said, "the attack has to have run for its silence to mean anything"
    assert verdicts == ["passed"]
    assert "import os" in show(tmp_path / "repo", "main~1:app.py")
    assert "import os" not in show(tmp_path / "repo", "main:app.py")


@pytest.mark.slow
@pytest.mark.skipif(not probe().ok, reason="needs a sandbox")
def test_a_repository_that_breaks_its_own_checks_is_refused(traps, tmp_path):
    """A module that shadows the standard library leaves no report: unknown, and unknown never lands."""
    shadow = "import attack\nattack.go('shadowed-stdlib')\n"
    verdicts, _ = run_hostile(traps, tmp_path, **{"tomllib.py": shadow})
    assert verdicts == ["unknown"]
    assert "import os" in show(tmp_path / "repo", "main:app.py")


def show(repo, spec):
    """A file of a commit, read by a git that runs nothing of the repository's configuration."""
    bare = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_PAGER": "cat"}
    args = ["git", "-C", str(repo), "cat-file", "blob", spec]
    return subprocess.run(args, capture_output=True, text=True, env=bare, check=True).stdout


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
