"""`windlass audit`: a log that shows every change made to it."""

from pathlib import Path

import pytest
from tests.cli.shell import Shell, new_shell


@pytest.fixture
def logged(tmp_path: Path) -> Shell:
    """A run without work, which seals its own few events."""
    shell = new_shell(tmp_path / "plant")
    shell.commit(shop__total="def total(prices):\n    return sum(prices)\n")
    assert shell("run").code == 0
    return shell


def test_a_log_that_nobody_touched_verifies(worked: Shell) -> None:
    said = worked.bare("audit", "verify", "--json")
    assert said.code == 0
    assert said.json["ok"] is True
    assert said.json["problems"] == []
    assert said.json["entries"] == said.json["covered"] > 10
    assert worked.bare("audit", "verify", "--fields", "ok").json == {"ok": True}
    plain = worked.bare("audit", "verify")
    assert plain.code == 0
    assert plain.out.strip()


def test_a_changed_row_is_found_and_named(logged: Shell) -> None:
    assert logged.bare("audit", "verify").code == 0
    logged.change("UPDATE wl_event SET actor = 'nobody' WHERE kind = 'run.started'")
    said = logged.bare("audit", "verify", "--json")
    assert said.code == 1
    assert said.json["ok"] is False
    assert len(said.json["problems"]) == 1
    assert logged.bare("audit", "verify").code == 1


def test_a_removed_row_is_found(logged: Shell) -> None:
    logged.change("DELETE FROM wl_event WHERE seq = 2")
    assert logged.bare("audit", "verify").code == 1


def test_an_export_verifies_without_the_database_and_shows_tampering(worked: Shell, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    said = worked.bare("audit", "export", str(copy))
    assert said.code == 0
    assert str(copy) in said.out
    assert worked.bare("audit", "verify", str(copy)).code == 0

    (entries,) = [p for p in copy.rglob("*") if p.is_file() and "run.started" in p.read_text()]
    entries.write_text(entries.read_text().replace("run.started", "run.stopped", 1))
    assert worked.bare("audit", "verify", str(copy)).code == 1


def test_an_export_under_another_key_is_refused(worked: Shell, logged: Shell, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert worked.bare("audit", "export", str(copy)).code == 0
    assert logged.bare("audit", "verify", str(copy)).code == 1


def test_a_missing_export_or_anchor_is_not_found(worked: Shell, tmp_path: Path) -> None:
    assert worked.bare("audit", "verify", str(tmp_path / "none")).code == 3
    assert worked.bare("audit", "verify", "--anchor", str(tmp_path / "none")).code == 3


def test_events_are_listed_by_kind_and_task(worked: Shell) -> None:
    said = worked("audit", "list", "--task", "1", "--json")
    assert said.code == 0
    kinds = [e["kind"] for e in said.json if e["kind"] != "task.let-go"]
    assert kinds[:2] == ["task.filed", "task.claimed"]
    assert {e["task"] for e in said.json} == {1}
    cut = worked("audit", "list", "--kind", "landing.proposed", "--fields", "kind,task")
    assert cut.json == [{"kind": "landing.proposed", "task": 1}]
    last = worked("audit", "list", "--limit", "1")
    assert last.out.splitlines()[0].split() == ["SEQ", "AT", "ACTOR", "KIND", "TASK", "DATA"]
    assert "run.finished" in last.out
    assert len(last.out.splitlines()) == 2
    assert worked("audit", "list", "--fields", "colour").code == 2
