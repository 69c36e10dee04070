"""`windlass decide`: a person answers, the next run acts on it."""

from pathlib import Path

import pytest
from tests.cli.shell import RESTRICTED, Shell, new_shell


@pytest.fixture
def asked(tmp_path: Path) -> Shell:
    """Only one thing to do, and it needs a person."""
    shell = new_shell(tmp_path / "plant", DISPATCH_WORKERS="1")
    shell.commit(shop__total="X = 1\n", secrets__rate=RESTRICTED)
    assert shell("run").code == 0
    return shell


def test_what_waits_is_listed_and_shown(worked: Shell) -> None:
    (one,) = worked("decide", "list", "--json").json
    assert (one["id"], one["kind"], one["status"], one["item"]) == (1, "gate", "open", 1)
    assert set(one["options"]) == {"approve", "decline"}
    assert worked("decide", "list", "--fields", "id").json == [{"id": 1}]
    plain = worked("decide", "list")
    assert "approve | decline" in plain.out
    assert "windlass decide answer" in plain.err
    shown = worked("decide", "show", "1")
    assert one["question"] in shown.out
    assert worked("decide", "show", "1", "--fields", "id,answer").json == {"id": 1, "answer": None}


def test_a_question_that_is_not_there_is_not_found_and_a_wrong_option_is_named(worked: Shell) -> None:
    assert worked("decide", "show", "77").code == 3
    assert worked("decide", "answer", "77", "approve").code == 3
    said = worked("decide", "answer", "1", "perhaps")
    assert said.code == 2
    assert "approve" in said.err


def test_a_declined_item_is_left_alone(asked: Shell) -> None:
    said = asked("decide", "answer", "1", "decline")
    assert said.code == 0
    assert asked("decide", "answer", "1", "approve").code == 6
    assert asked("decide", "list").out == "Nothing waits for you.\n"
    assert asked("run").code == 0
    assert asked.rows("SELECT state FROM wl_item WHERE rule = 'W291'") == [("declined",)]
    assert asked("task", "list", "--json").json == []


def test_an_approved_item_is_done_and_its_landing_asked_for_once_more(asked: Shell) -> None:
    assert asked("decide", "answer", "1", "approve").code == 0
    assert asked("run").code == 0
    (task,) = asked("task", "list", "--json").json
    assert (task["paths"], task["status"]) == (["secrets/rate.py"], "review_needed")
    (second,) = asked("decide", "list", "--json").json
    assert (second["kind"], second["task"]) == ("landing", task["id"])

    assert asked("decide", "answer", str(second["id"]), "propose").code == 0
    assert asked("run").code == 0
    assert asked.rows("SELECT state FROM wl_landing") == [("proposed",)]
    assert asked.plant.git("show", f"windlass/{task['id']}:secrets/rate.py") == "RATE = 3"
