"""`windlass run`: bounds, interruption, a second windlass, and what is left afterwards."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.cli.shell import UNUSED, Shell, new_shell

WAIT_S = 90.0
SMALL = {"AUTONOMY_MAX_FILES": "1", "DISPATCH_WORKERS": "1"}
"""One file per task, so that two files are two tasks."""


@pytest.fixture
def two(tmp_path: Path) -> Shell:
    """Two tasks' worth of work, one after the other."""
    shell = new_shell(tmp_path / "plant", **SMALL, AUTONOMY_DAILY_PRS="9")
    shell.commit(shop__more=UNUSED)
    return shell


def wait_for(shell: Shell, sql: str, *, at_least: int = 1) -> None:
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        if (shell.home / "windlass.db").exists():
            try:
                if shell.rows(sql)[0][0] >= at_least:
                    return
            except Exception as error:  # the schema is just being made
                if "no such table" not in str(error):
                    raise
        time.sleep(0.02)
    raise AssertionError(f"not in {WAIT_S:g} s: {sql}")


def landed(shell: Shell) -> int:
    return int(shell.rows("SELECT count(*) FROM wl_landing WHERE state = 'landed'")[0][0])


def spoken(shell: Shell, *arguments: str) -> "subprocess.Popen[str]":
    """A run in a process of its own whose words we can read."""
    command = [*shell.plant._command(("run", "--repo", str(shell.repo))), *arguments]
    return subprocess.Popen(
        command, env=shell.plant.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_wrong_calls_leave_with_2(shell: Shell) -> None:
    assert shell("run", "--for", "soon").code == 2
    assert shell("run", "--max-tasks", "0").code == 2
    assert shell("run", "--continuous", "--interval", "often").code == 2
    assert not shell.home.exists()


def test_so_many_tasks_and_no_more(two: Shell) -> None:
    said = two("run", "--land", "--max-tasks", "1", "--json")
    assert said.code == 0
    assert said.json["run"]["outcome"] == "task limit reached"
    assert said.json["run"]["options"]["max_tasks"] == 1
    assert landed(two) == 1
    assert two.rows("SELECT count(*) FROM wl_attempt") == [(1,)]
    rest = two("run", "--land", "--json")
    assert rest.json["run"]["outcome"] == "idle"
    assert landed(two) == 2
    for name in ("total", "more"):
        assert "import os" not in two.plant.git("show", f"main:shop/{name}.py")


def test_the_daily_limit_leaves_the_rest_undone_and_says_so(two: Shell) -> None:
    two.plant.more_env["WINDLASS_AUTONOMY_DAILY_PRS"] = "1"
    for _ in range(2):
        said = two("run", "--land")
        assert said.code == 0
        assert "daily limit reached (1 today); the rest waits" in " ".join(said.out.split())
        assert "! limit      daily limit reached (1 today); the rest waits" in said.err
    assert landed(two) == 1
    assert two.rows("SELECT count(*) FROM wl_attempt") == [(1,)]
    assert two("decide", "list").out == "Nothing waits for you.\n"
    two.plant.more_env["WINDLASS_AUTONOMY_DAILY_PRS"] = "2"
    assert two("run", "--land").code == 0
    assert landed(two) == 2


def test_continuous_runs_look_again_and_end_when_the_time_is_up(shell: Shell) -> None:
    shell.commit(shop__total="X = 1\n")
    said = shell("run", "--continuous", "--interval", "1s", "--for", "4s", "--json")
    assert said.code == 0
    assert said.json["run"]["outcome"] == "time is up"
    cycles = shell("audit", "list", "--kind", "cycle.finished", "--fields", "kind").json
    assert 1 <= len(cycles) <= 4


def test_an_interrupted_run_hands_work_back_and_the_next_one_finishes(two: Shell) -> None:
    child = spoken(two, "--land")
    try:
        wait_for(two, "SELECT count(*) FROM wl_lease")
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=WAIT_S)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 130
    assert "stopping: handing work back" in err
    assert two.rows("SELECT count(*) FROM wl_lease") == [(0,)]
    assert two.rows("SELECT outcome FROM wl_run") == [("stopped",)]
    assert two("status", "--json").json["owner"] == "nobody"
    assert two.plant.leftovers() == []

    assert two("run", "--land").code == 0
    assert landed(two) == 2
    left = [p.name for p in (two.home / "attempts").iterdir() if any(p.iterdir())]
    assert left == []
    assert two.bare("audit", "verify").code == 0


def test_an_interrupted_verification_is_taken_up_again(two: Shell) -> None:
    """The workflow was at work when its process left; the next one resumes it instead of waiting for it."""
    child = spoken(two, "--land")
    try:
        wait_for(two, "SELECT count(*) FROM wl_submission")
        child.send_signal(signal.SIGINT)
        assert child.wait(WAIT_S) == 130
    finally:
        child.kill()
        child.communicate()
    assert two("run", "--land").code == 0
    assert landed(two) == 2
    assert two.rows("SELECT count(*) FROM wl_attempt WHERE outcome = 'submitted'") == [(2,)]


def test_a_second_windlass_is_told_who_works_here(two: Shell) -> None:
    child = spoken(two, "--continuous", "--interval", "1h")
    try:
        wait_for(two, "SELECT count(*) FROM wl_run")
        second = two("run")
        assert second.code == 6
        assert f"process {child.pid} since" in second.err
        third = two("discover", "--json")
        assert third.code == 6
        assert json.loads(third.err)["error"]["retryable"] is True
        assert two("status", "--json").json["owner"].startswith(f"process {child.pid} since")
        assert two("task", "list").code == 0
        child.send_signal(signal.SIGTERM)
        assert child.wait(WAIT_S) == 130
    finally:
        child.kill()
        child.communicate()


def test_a_repository_that_is_not_there_leaves_with_3(shell: Shell) -> None:
    said = shell.bare("run", "--repo", str(shell.repo / "none"))
    assert said.code in (2, 3)
    assert "none" in said.err


def test_without_a_database_nothing_is_started(shell: Shell) -> None:
    shell.plant.database = "postgresql://ann@localhost:1/none"
    said = shell("run", "--json")
    assert said.code == 7
    assert json.loads(said.err)["error"]["retryable"] is True
