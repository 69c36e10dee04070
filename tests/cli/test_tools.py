"""`windlass task …`: the tools at the command line, with the errors and exit codes of the table."""

from pathlib import Path

import pytest
from tests.cli.shell import Shell, new_shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A repository with one task for agents."""
    found = new_shell(tmp_path / "plant", MESH_APPROVE="never")
    said = found("task", "file", "Add the tax", "--lane", "backend", "--path", "shop/")
    assert said.code == 0, said.err
    return found


def commit(shell: Shell, branch: str) -> str:
    shell.plant.git("checkout", "-q", "-b", branch)
    shell.commit(shop__tax="RATE = 3\n")
    made = shell.plant.git("rev-parse", "HEAD").strip()
    shell.plant.git("checkout", "-q", "main")
    return made


def test_a_task_is_claimed_asked_about_answered_and_submitted(shell: Shell) -> None:
    found = shell("task", "claim", "backend", "--json").json
    token, branch = found["lease"]["token"], found["workspace"]["branch"]
    assert "Claim" not in found["sop"][:1]
    shell.plant.more_env["WINDLASS_LEASE"] = token
    assert shell("task", "renew").code == 0
    asked = shell("task", "ask", "Which rate?", "--option", "3", "--option", "7", "--json").json
    assert asked["status"] == "blocked"
    shown = shell("decide", "show", str(asked["decision_id"]), "--json").json
    assert (shown["options"], shown["cost"]) == (["3", "7"], "a worker waits and keeps its lease")
    assert shown["deadline"].endswith("Z")
    assert shell("task", "answer", "1", "three", "--choice", "3").code == 0
    status = shell("task", "check", "--json").json
    assert (status["status"], status["answer"]["choice"]) == ("in_progress", "3")
    said = shell("task", "submit", commit(shell, branch), "--note", "done", "--json")
    assert said.code == 0, said.err
    assert said.json["submission"]["files"] == ["shop/tax.py"]
    kinds = [each["kind"] for each in shell("task", "history", "1", "--json").json["events"]]
    assert kinds[0] == "task.filed"
    assert kinds[-1] == "task.submitted"


def test_errors_have_the_codes_of_the_table(shell: Shell) -> None:
    assert shell("task", "check", "99").code == 3
    assert shell("task", "renew").code == 5
    assert shell("task", "renew", "--lease", "wl_lease_nonsense").code == 5
    assert shell("task", "submit", "HEAD").code == 2
    assert shell("task", "unblock", "1").code == 6
    assert shell("task", "approve", "1", "a" * 40).code == 6
    said = shell("task", "cancel", "1", "--json")
    assert said.json == {"status": "cancelled"}
    assert shell("task", "cancel", "1").code == 6


def test_a_key_makes_a_call_happen_once(shell: Shell) -> None:
    first = shell("task", "requeue", "1", "--key", "k")
    assert first.code == 6
    claimed = shell("task", "claim", "backend", "--key", "c", "--json").json
    again = shell("task", "claim", "backend", "--key", "c", "--json").json
    assert again["lease"]["fence"] == claimed["lease"]["fence"] == 1
    assert shell("task", "claim", "frontend", "--key", "c").code == 6


def test_another_caller_is_named_by_a_token(shell: Shell) -> None:
    shell.plant.more_env["WINDLASS_TOKEN"] = "wl_pat_nonsense"
    assert shell("task", "claim", "backend").code == 5


def test_stale_leases_are_swept(shell: Shell) -> None:
    assert shell("task", "sweep", "--json").json == {"requeued": [], "failed": []}
    assert shell("task", "sweep", "--name", "nowhere").code == 3


def test_evidence_that_is_no_json_is_refused(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "evidence.json").write_text("{")
    said = shell("task", "submit", "a" * 40, "--evidence", str(tmp_path / "evidence.json"))
    assert said.code == 2
    assert "evidence" in said.err
