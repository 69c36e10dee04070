"""`windlass undo`, `redo` and `op …` as a person uses them."""

import re
from pathlib import Path

import pytest
from tests.cli.shell import Shell, new_shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = new_shell(tmp_path / "plant")
    assert shell("backlog", "add", "Write the manual").code == 0
    return shell


def title(shell: Shell) -> str:
    return str(shell.rows("SELECT title FROM wl_item WHERE source = 'manual'")[0][0])


def test_undo_twice_goes_back_two_steps_and_prints_what_was_undone(shell: Shell) -> None:
    shell("backlog", "edit", "1", "--title", "Write the guide")
    shell("backlog", "edit", "1", "--title", "Write the book")
    first = shell("undo")
    assert first.code == 0
    assert "(backlog edit: item 1: title) is undone" in first.out
    assert "item 1: title 'Write the book' -> 'Write the guide'" in first.out
    assert "windlass redo" in first.err
    assert shell("undo").code == 0
    assert title(shell) == "Write the manual"
    assert shell("redo").code == 0
    assert title(shell) == "Write the guide"


def test_an_addition_is_taken_back(shell: Shell) -> None:
    assert shell("undo").code == 0
    assert shell("backlog", "list", "--json").json == []
    assert shell("undo").code == 3
    assert shell("redo").code == 0
    assert [row["title"] for row in shell("backlog", "list", "--json").json] == ["Write the manual"]


def test_scores_and_imports_come_back(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "backlog.yml"
    shell("backlog", "export", str(file))
    shell("backlog", "score", "1", "--value", "13")
    file.write_text(file.read_text().replace("Write the manual", "Read the manual"))
    assert shell("backlog", "import", str(file)).code == 0
    assert shell("op", "log", "--json").json[0]["summary"] == "backlog.yml: 0 added, 1 changed"
    assert shell("undo").code == 0
    assert (title(shell), shell.rows("SELECT value FROM wl_item")) == ("Write the manual", [(13,)])
    assert shell("undo").code == 0
    assert shell.rows("SELECT value FROM wl_item") == [(3,)]


def test_a_conflict_names_the_later_change(shell: Shell) -> None:
    shell("backlog", "edit", "1", "--title", "Two")
    shell("backlog", "edit", "1", "--title", "Three")
    number = shell("op", "log", "--json").json[1]["id"]
    refused = shell("undo", str(number))
    assert refused.code == 6
    assert re.search(r"title of item 1 by operation \d+ \(backlog edit by ann\)", refused.err)
    assert "undo the later ones first" in refused.err


def test_the_log_and_one_operation_are_shown(shell: Shell) -> None:
    shell("backlog", "edit", "1", "--state", "declined", "--reason", "no")
    log = shell("op", "log")
    assert log.out.splitlines()[0].split() == ["ID", "AT", "ACTOR", "COMMAND", "STATE", "WHAT"]
    assert "backlog add" in log.out
    one = shell("op", "show", "2", "--json").json
    assert one["changes"][0]["before"]["state"] == "open"
    assert one["changes"][0]["after"]["state"] == "declined"
    shown = shell("op", "show", "2").out
    assert "item 1: state 'open' -> 'declined'" in shown
    assert "item 1: closed_at nothing -> 20" in shown  # a date, not seconds
    assert shell("op", "show", "99").code == 3


def test_nothing_done_yet_is_said(tmp_path: Path) -> None:
    shell = new_shell(tmp_path / "fresh")
    assert "No command has changed anything yet." in shell("op", "log").out


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    shell = new_shell(tmp_path_factory.mktemp("landed") / "plant")
    assert shell("backlog", "add", "First of all").code == 0
    assert shell("backlog", "edit", "1", "--title", "First and foremost").code == 0
    assert shell("run", "--land").code == 0
    return shell


def test_a_landed_merge_is_not_undone_and_the_way_back_is_said(landed: Shell) -> None:
    log = landed("op", "log", "--json").json
    (land,) = [one for one in log if one["command"] == "land"]
    assert (land["state"], land["actor"]) == ("final", "windlass")
    refused = landed("undo", str(land["id"]))
    assert refused.code == 5
    commit = landed.plant.git("rev-parse", "main")
    way = refused.err.partition("take it back with: windlass ")[2].split(";")[0].split()
    assert way[-1] == commit
    done = landed(*way, "--land", "--reason", "it is needed", "--json")
    assert (done.code, done.json["landing"], done.json["verified"][:6]) == (0, "landed", "passed")
    assert landed.plant.git("diff", "main~2", "main") == ""
    (again,) = [one for one in landed("task", "list", "--json").json if one["status"] == "pending"]
    assert "it is needed" in landed("task", "show", str(again["id"])).out


def test_ones_own_command_is_undone_past_a_landing_which_is_mentioned(landed: Shell) -> None:
    done = landed("undo")
    assert "First of all" in done.out
    assert "Landed since" in done.err
    assert "windlass land revert" in done.err


def test_cancelling_and_revoking_say_what_to_do_instead(landed: Shell) -> None:
    made = landed.bare("token", "create", "service:ci", "--scope", "read")
    assert made.code == 0
    assert landed.bare("token", "revoke", "1").code == 0
    refused = landed("undo")
    assert refused.code == 5
    assert "windlass token create service:ci" in refused.err
    assert "op log" in refused.err
