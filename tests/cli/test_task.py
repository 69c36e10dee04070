"""`windlass task`: see work that was handed out, take it back, end it."""

import signal
import time
from pathlib import Path

import pytest
from tests.cli.shell import Shell, new_shell

WAIT_S = 60.0


@pytest.fixture
def limited(tmp_path: Path) -> Shell:
    """A task is filed and waits: nothing more may be delivered today."""
    shell = new_shell(tmp_path / "plant", AUTONOMY_DAILY_PRS="0", DISPATCH_WORKERS="1")
    assert shell("run").code == 0
    assert [t["status"] for t in shell("task", "list", "--json").json] == ["pending"]
    return shell


def status(shell: Shell) -> str:
    return str(shell("task", "show", "1", "--json").json["status"])


def test_tasks_are_listed_and_shown_with_attempts_and_landings(worked: Shell, tmp_path: Path) -> None:
    (one,) = worked("task", "list", "--json").json
    assert (one["id"], one["item"], one["status"], one["attempt"]) == (1, 2, "completed", 1)
    assert one["paths"] == ["shop/total.py"]
    assert worked("task", "list", "--fields", "id").json == [{"id": 1}]
    assert worked("task", "list").out.splitlines()[1].split()[:4] == ["1", "completed", "1/3", "mechanic"]
    assert worked("task", "list", "--state", "failed").out == "There is no such task.\n"
    assert new_shell(tmp_path / "fresh")("task", "list").out == "No task was filed yet.\n"
    shown = worked("task", "show", "1", "--json").json
    assert [line.split(" by ")[0] for line in shown["attempts"]] == ["1: mechanic"]
    assert shown["landings"][0].startswith("propose proposed ")
    assert "attempts" in worked("task", "show", "1").out


def test_what_an_attempt_asked_of_models_is_told_with_what_is_unknown(worked: Shell) -> None:
    assert worked("task", "show", "1", "--json").json["spend"] == []
    worked.change("INSERT INTO wl_spend VALUES ('attempt', '1.1', 3, 1200, 200, 0, 90, 4500, 1, 2, 0, 0)")
    worked.change("INSERT INTO wl_spend VALUES ('attempt', '11.1', 9, 9, 9, 9, 9, 9, 9, 9, 0, 0)")
    try:
        assert worked("task", "show", "1", "--json").json["spend"] == [
            "1: 3 calls, 1200 tokens in (of which 200 cached), 90 out, 1 calls of unknown usage: "
            "0.0045 dollars and 2 calls of unknown cost"
        ]
    finally:
        worked.change("DELETE FROM wl_spend")


def test_a_task_that_is_over_stays_as_it_is(worked: Shell) -> None:
    for command in ("cancel", "requeue"):
        said = worked("task", command, "1")
        assert said.code == 6, said.err
        assert "completed" in said.err
        assert worked("task", command, "99").code == 3
    assert worked("task", "show", "99").code == 3


def test_a_cancelled_task_is_never_worked_and_its_item_says_why(limited: Shell) -> None:
    said = limited("task", "cancel", "1", "--reason", "not now")
    assert (said.code, said.out) == (0, "Task 1 is cancelled\n")
    limited.plant.more_env["WINDLASS_AUTONOMY_DAILY_PRS"] = "9"
    assert limited("run").code == 0
    assert limited("task", "show", "1", "--json").json["attempts"] == []
    assert limited.rows("SELECT state, reason FROM wl_item") == [("blocked", "task 1 cancelled: not now")]
    assert limited.plant.git("branch", "--list", "windlass/*") == ""


def test_a_task_is_taken_from_its_worker_while_it_works(limited: Shell) -> None:
    """The late worker changes nothing; the next attempt does the work."""
    limited.plant.more_env["WINDLASS_AUTONOMY_DAILY_PRS"] = "9"
    child = limited.plant.start("run", "--repo", str(limited.repo))
    try:
        until = time.monotonic() + WAIT_S
        while limited.rows("SELECT count(*) FROM wl_lease") == [(0,)] and time.monotonic() < until:
            time.sleep(0.02)
        said = limited("task", "requeue", "1", "--reason", "again")
        assert said.code == 0, said.err
        assert child.wait(WAIT_S) == 0
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    told = limited("task", "show", "1", "--json").json
    assert told["status"] == "completed"
    assert [line.split(")")[1].split()[0] for line in told["attempts"]] == ["requeued", "submitted"]
    assert limited.rows("SELECT count(*) FROM wl_landing WHERE state = 'proposed'") == [(1,)]
    assert limited.bare("audit", "verify").code == 0
