"""Several servers on one PostgreSQL: one dies or freezes, another goes on with its work within 30 seconds."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.fleet import Fleet, Program, free_port, until
from tests.journeys.plant import Plant
from windlass.app.nodes import FENCED_EXIT

TAKEOVER_S = 30.0
SLOW = '[verify]\nfast = ["sleep 50"]\npr = ["true"]\nlimit.fast = "4m"\n'
"""Long enough for a workflow to be at work when its node is struck."""


@pytest.fixture
def fleet(tmp_path: Path, postgres_url: str) -> Iterator[Fleet]:
    plant = Plant(tmp_path).make(parts=1)
    (plant.repo / "windlass.toml").write_text(SLOW)
    plant.git("add", "-A")
    plant.git("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "-qm", "Settings")
    made = Fleet(plant, postgres_url)
    yield made
    made.close()


def verifying(fleet: Fleet) -> str | None:
    """The node that runs a verification now."""
    rows = fleet.rows("SELECT executor_id AS node FROM dbos.workflow_status WHERE status = 'PENDING'")
    return str(rows[0]["node"]) if rows else None


def node_of(fleet: Fleet, program: Program) -> str:
    rows = fleet.rows("SELECT id FROM wl_node WHERE pid = :pid AND state <> 'dead'", pid=program.pid)
    return str(rows[0]["id"])


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_the_work_of_a_server_that_is_struck_goes_on_within_thirty_seconds(
    fleet: Fleet, blow: signal.Signals
) -> None:
    first = fleet.up(fleet.server("one", port=free_port(), workers=1))
    second = fleet.up(fleet.server("two", port=free_port(), workers=1))
    nodes = {node_of(fleet, program): program for program in (first, second)}
    struck = until(lambda: verifying(fleet), 60, "a verification")
    first = nodes.pop(struck)
    ((heir, second),) = nodes.items()
    os.kill(first.pid, blow)
    began = time.monotonic()
    until(lambda: verifying(fleet) == heir, TAKEOVER_S + 10, "the takeover")
    assert time.monotonic() - began <= TAKEOVER_S
    if blow is signal.SIGSTOP:
        first.signal(signal.SIGCONT)
        assert first.child is not None
        assert first.child.wait(60) == FENCED_EXIT
    until(lambda: set(fleet.statuses().values()) == {"completed"}, 240, "the end")
    history = fleet.plant.git("log", "--format=%B", "main")
    assert history.count("Windlass-Task:") == 1
    (dead,) = fleet.rows("SELECT state FROM wl_node WHERE id = :n", n=struck)
    assert dead["state"] == "dead"
    assert second.stop() == 0
    (left,) = fleet.rows("SELECT state FROM wl_node WHERE id = :n", n=heir)
    assert left["state"] == "left"


@pytest.mark.slow
@pytest.mark.postgres
def test_a_second_server_verifies_and_lands_what_the_first_one_took_in(fleet: Fleet) -> None:
    """They share the database and the tended repository, but no mirror."""
    (fleet.plant.repo / "windlass.toml").write_text('[verify]\nfast = ["true"]\npr = ["true"]\n')
    fleet.plant.git("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "-qam", "Quick")
    port = free_port()
    first = fleet.up(fleet.server("one", port=port))
    worker = fleet.worker("three", f"http://127.0.0.1:{port}", fleet.token("farm")).start()
    until(lambda: "pending" in fleet.statuses().values(), 60, "a task")
    until(lambda: "submitted" in worker.said, 60, "a submission that the worker knows of")
    first.kill()
    assert fleet.rows("SELECT 1 FROM wl_pack")
    second = fleet.up(fleet.server("two", port=free_port()))
    until(lambda: set(fleet.statuses().values()) == {"completed"}, 90, "the end")
    assert "import os" not in fleet.plant.git("show", "main:shop/part_0.py")
    assert worker.stop() == 0
    assert second.stop() == 0
