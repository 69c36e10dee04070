"""The tiers, the locks, the short names and the hooks of this repository."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from windlass.cli import shortcuts

ROOT = Path(__file__).resolve().parents[2]
SHELLS = ["bash", "sh"]
SHORT = ["fix", "gen", "pp", "qc", "qd", "qr", "qre", "setup", "t0", "t1", "tw", "vf", "vp"]
needs_make = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


@pytest.fixture
def check(load_script):
    return load_script("check")


def shell(clone, kind, line, cwd=None, **env):
    source = f'. "{clone.path}/scripts/dev_shortcuts.sh"'
    extra = {"WINDLASS_CLONE": str(clone.path)} if kind == "sh" else {}
    return clone.run(kind, "-c", f"{source}; {line}", cwd=cwd, **extra, **env)


def test_the_locks_are_made_from_this_project_file_and_hold_no_address(check):
    assert check.stale_locks() == []


def test_everything_locked_has_a_hash_and_the_peers_of_the_benchmarks_stay_out():
    text = (ROOT / "requirements.lock").read_text().replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all("--hash=sha256:" in line for line in lines)
    names = {line.split("==")[0] for line in lines}
    assert {"hatchling", "editables", "pytest", "ruff", "click"} <= names
    assert not {"huey", "litequeue", "localqueue", "persist-queue", "pgqueuer", "procrastinate"} & names


def test_a_red_step_stops_the_tests_and_shows_its_output(check, capsys):
    steps = [
        check.Step("good", (sys.executable, "-c", "print('hidden')")),
        check.Step("bad", (sys.executable, "-c", "print('why'); exit(3)")),
        check.Step("tests", (sys.executable, "-c", "print('never')"), alone=True),
    ]
    assert not check.run_steps(steps)
    out = capsys.readouterr().out
    assert "why" in out
    assert "left tests" in out
    assert "hidden" not in out
    assert "never" not in out


def test_a_missing_tool_is_a_red_step_and_nothing_collected_is_red_too(check, tmp_path):
    assert not check.run_steps([check.Step("gone", ("/nonexistent/tool",))])
    nothing = check.Step(
        "none", (sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), str(tmp_path))
    )
    assert not check.run_steps([nothing])


def test_a_green_run_of_tests_tells_how_many_there_were_and_which_took_longest(check, capsys):
    output = "....\n===== slowest 15 durations =====\n9.10s call tests/a.py::test_a\n\n4 passed in 12.00s"
    assert check.ending(output) == ["9.10s call tests/a.py::test_a", "", "4 passed in 12.00s"]
    assert check.ending("....\n4 passed in 12.00s\n") == ["4 passed in 12.00s"]
    assert check.ending("") == []
    words = (sys.executable, "-c", "print('.'); print('1 passed')")
    assert check.run_steps([check.Step("tests", words, alone=True)])
    assert capsys.readouterr().out.splitlines()[1:] == ["     1 passed"]


def test_long_tiers_repeat_from_other_seeds(check):
    rounds = [step for step in check.TIERS["nightly"][1] if step.name.startswith("round")]
    assert len({step.argv for step in rounds}) == len(rounds) == 5
    assert all("tests/sim" in step.argv for step in rounds)


def test_tests_are_compiled_once_before_many_processes_run_them(check):
    for name in ("fast", "pr", "nightly", "weekly"):
        steps = check.TIERS[name][1]
        assert [step.name for step in steps if not step.alone][-1] == "collect"
    writes = check.Step("writes", (sys.executable, "-c", "import sys; exit(sys.dont_write_bytecode)"))
    assert check.run_steps([writes])


def test_wrong_names_are_refused_and_a_clone_that_is_not_set_up_says_so(clone):
    assert clone.run("python3", "scripts/check.py", "slow").returncode == 2
    done = clone.run("python3", "scripts/check.py", "fast")
    assert (done.returncode, "run ./start.sh --setup-only" in done.stderr) == (69, True)


def test_ci_runs_the_command_of_the_readme():
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "exec ./vp"
    assert "check.py pr" in (ROOT / "vp").read_text()


@pytest.mark.parametrize(
    "name",
    [
        "start.sh",
        "vp",
        "scripts/lock.sh",
        "scripts/dev_shortcuts.sh",
        "scripts/hooks/pre-commit",
        "scripts/hooks/pre-push",
    ],
)
def test_shell_files_are_plain_and_parse(name):
    assert subprocess.run(["sh", "-n", ROOT / name]).returncode == 0
    assert name.endswith("shortcuts.sh") or (ROOT / name).stat().st_mode & 0o111


@needs_make
def test_every_target_of_the_makefile_is_real():
    done = subprocess.run(["make", "-n", "-C", ROOT, "verify-fast"], capture_output=True, text=True)
    assert "check.py fast" in done.stdout
    gone = subprocess.run(["make", "-C", ROOT, "rollback"], capture_output=True, text=True)
    assert (gone.returncode, "no such command yet" in gone.stderr) == (2, True)


@pytest.mark.parametrize("kind", SHELLS)
def test_elsewhere_the_short_names_call_windlass_with_their_arguments(clone, tmp_path, kind):
    programs = clone.path / ".venv" / "bin"
    programs.mkdir(parents=True)
    names = [name for name in SHORT if name != "qr"]
    for name in names:
        said = f'printf "{name}"; for a in "$@"; do printf "<%s>" "$a"; done'
        (programs / name).write_text(f"#!/bin/sh\n{said}\n")
        (programs / name).chmod(0o755)
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    for name in names:
        done = shell(clone, kind, f"{name} 'a b' --x", cwd=elsewhere)
        assert (done.returncode, done.stdout.strip()) == (0, f"{name}<a b><--x>"), done.stderr
    done = shell(clone, kind, "qr", cwd=elsewhere)
    assert (done.returncode, "qr is not installed here" in done.stderr) == (69, True)
    on_path = shell(clone, kind, "qc a", cwd=elsewhere, PATH=f"{programs}:/usr/bin:/bin")
    assert on_path.stdout == "qc<a>"


def test_every_short_name_is_installed_as_a_command():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    short = {name for name, where in scripts.items() if where == "windlass.cli.shortcuts:main"}
    assert short == set(SHORT) == {*shortcuts.WORDS, *shortcuts.GO}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHELLS)
def test_inside_the_clone_they_run_its_own_checks(ready, kind):
    below = ready.path / "src" / "windlass"
    done = shell(ready, kind, "fix", cwd=below)
    assert "scripts/check.py fix" in done.stderr
    assert "ruff" in done.stdout


@needs_make
@pytest.mark.slow
def test_the_hooks_work_on_the_clone_they_belong_to(ready, tmp_path):
    git = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    assert ready.run("git", "init", "-q").returncode == 0
    for _ in range(2):
        assert ready.run("make", "setup").returncode == 0
    assert ready.run("git", "config", "core.hooksPath").stdout == "scripts/hooks\n"
    (ready.path / "src" / "windlass" / "broken.py").write_text("import os\n")
    try:
        ready.run("git", "add", "src/windlass/broken.py")
        done = ready.run("git", "commit", "-q", "-m", "x", **git)
        assert done.returncode != 0
        assert "FAIL ruff" in done.stdout + done.stderr
    finally:
        (ready.path / "src" / "windlass" / "broken.py").unlink()
