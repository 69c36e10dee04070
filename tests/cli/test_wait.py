"""`windlass wait` looks first, then follows, and always ends with a summary; on both databases."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.shell import Shell, new_shell

from windlass import dispatch, learn, policy
from windlass.cli.wait import lasting
from windlass.dispatch import Spec
from windlass.events import Subject
from windlass.store import Database, Transaction, open_database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def plant(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Shell, Database]]:
    """A user with one pending task, and the database beside them."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    shell = new_shell(tmp_path / "plant", **({"DATABASE_URL": url} if url else {}))
    assert shell("status").code == 0
    database = open_database(url or f"sqlite:///{shell.home}/windlass.db")
    assert database.write(_file) == 1
    yield shell, database
    database.close()


def _file(tx: Transaction) -> int:
    lane = dispatch.lane_id(tx, 1, "mechanic")
    return dispatch.add_task(
        tx, repository_id=1, item_id=None, lane=lane, kind="mechanic", title="Tidy up",
        spec=Spec("mechanic", ("a.py",)), wsjf=1.0, base="0" * 40, now=tx.now(),
    )  # fmt: skip


@contextmanager
def meanwhile(work: Callable[[], object]) -> Iterator[None]:
    """Do `work` once the command has printed how things stand."""

    def later() -> None:
        until = time.monotonic() + 60
        while "\n" not in getattr(sys.stdout, "getvalue", str)() and time.monotonic() < until:
            time.sleep(0.02)
        work()

    thread = threading.Thread(target=later)
    thread.start()
    yield
    thread.join()


def cancel(database: Database) -> Callable[[], object]:
    return lambda: database.write(lambda tx: dispatch.verdicts.cancel(tx, 1, "bob", "not needed", tx.now()))


def ask(database: Database, *, task: int | None = None) -> int:
    about = Subject(1, task=task)
    return database.write(
        lambda tx: policy.ask(
            tx, "q", "Which of the two?", {}, ("left", "right"), kind="blocked", now=tx.now(), about=about
        )
    ).id  # fmt: skip


def test_each_change_is_told_and_the_end_gives_the_code(plant: tuple[Shell, Database]) -> None:
    shell, database = plant
    with meanwhile(cancel(database)):
        said = shell("wait", "1", "--timeout", "60s")
    first, second, summary = said.out.splitlines()
    assert "task 1  pending       waits for a free worker, attempt 1 of 3" in first
    assert "task 1  cancelled     not needed" in second
    assert summary.startswith("task 1 is cancelled after ")
    assert summary.endswith("1 change; see it with: windlass task show 1")
    assert said.code == 1


def test_what_has_ended_already_is_said_at_once(plant: tuple[Shell, Database]) -> None:
    shell, database = plant
    cancel(database)()
    began = time.monotonic()
    said = shell("wait", "task", "1")
    assert said.code == 1
    assert time.monotonic() - began < 30
    assert len(said.out.splitlines()) == 2


def test_the_time_is_over_with_a_summary(plant: tuple[Shell, Database]) -> None:
    shell, _ = plant
    said = shell("wait", "1", "--timeout", "1s")
    assert said.code == 124
    assert "task 1 is still pending after 1." in said.out.splitlines()[-1]


def test_a_person_whose_turn_it_is_ends_the_wait_with_4(plant: tuple[Shell, Database]) -> None:
    shell, database = plant
    with meanwhile(lambda: ask(database, task=1)):
        said = shell("wait", "1", "--timeout", "60s")
    assert said.code == 4
    assert "Which of the two? (left | right): windlass decide answer 1 OPTION" in said.out


def test_until_a_state_goes_on_past_a_person_and_fails_at_another_end(plant: tuple[Shell, Database]) -> None:
    shell, database = plant
    ask(database, task=1)
    with meanwhile(cancel(database)):
        assert shell("wait", "1", "--until", "cancelled", "--timeout", "60s").code == 0
    assert shell("wait", "1", "--until", "completed", "--timeout", "60s").code == 1
    assert shell("wait", "1", "--until", "happy").code == 2


def test_a_decision_is_waited_for(plant: tuple[Shell, Database]) -> None:
    shell, database = plant
    number = ask(database)

    def answer() -> None:
        database.write(lambda tx: policy.answer(tx, number, "left", "bob", tx.now()))

    with meanwhile(answer):
        said = shell("wait", "decision", str(number), "--timeout", "60s")
    assert said.code == 0
    assert "answered      bob chose 'left'" in said.out
    assert shell("wait", "decision").out.splitlines()[0].endswith("none          nothing waits for a person")


def test_a_run_is_waited_for(plant: tuple[Shell, Database]) -> None:
    shell, database = plant
    assert shell("wait", "run").code == 3
    number = database.write(lambda tx: learn.start_run(tx, 1, tx.now(), {}))

    def finish() -> None:
        database.write(lambda tx: learn.finish_run(tx, number, "idle", tx.now()))

    with meanwhile(finish):
        said = shell("wait", "run", "--timeout", "60s")
    assert said.code == 0
    assert f"finished      run {number}: idle" in said.out


def test_json_is_a_line_for_each_change_and_one_for_the_end(plant: tuple[Shell, Database]) -> None:
    shell, database = plant
    with meanwhile(cancel(database)):
        said = shell("wait", "1", "--json", "--timeout", "60s")
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [line["type"] for line in lines] == ["change", "change", "summary"]
    assert [line["state"] for line in lines] == ["pending", "cancelled", "cancelled"]
    assert (lines[-1]["exit_code"], lines[-1]["changes"]) == (1, 1)


def test_what_cannot_be_waited_for_is_said(plant: tuple[Shell, Database]) -> None:
    shell, _ = plant
    assert shell("wait", "godot").code == 2
    assert shell("wait", "task").code == 2
    assert shell("wait", "77").code == 3
    assert shell("wait", "decision", "77").code == 3
    assert shell("wait", "1", "--timeout", "soon").code == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_wait_says_how_it_stands(plant: tuple[Shell, Database], number: int) -> None:
    shell, _ = plant
    command = shell.plant._command(("wait", "1", "--repo", str(shell.repo)))
    child = subprocess.Popen(command, env=shell.plant.env, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert "pending" in child.stdout.readline()
    time.sleep(0.3)
    child.send_signal(number)
    rest, _ = child.communicate(timeout=20)
    assert "task 1 is still pending" in rest
    assert child.returncode == 130


@pytest.mark.parametrize(
    ("took", "text"), [(0.04, "0.0s"), (59.96, "60.0s"), (185, "3m 05s"), (7800, "2h 10m")]
)
def test_times_are_short(took: float, text: str) -> None:
    assert lasting(took) == text
