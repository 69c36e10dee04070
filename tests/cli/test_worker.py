"""`windlass worker` from outside: what it refuses, and that it survives a restart of its server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.journeys.fleet import Fleet, free_port, until
from tests.journeys.plant import Plant


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    plant = Plant(tmp_path).make(parts=1)
    made = Fleet(plant, f"sqlite:///{tmp_path}/one/windlass.db")
    yield made
    made.close()


def test_it_waits_for_a_server_that_is_away_and_goes_on_when_it_is_back(fleet: Fleet) -> None:
    port = free_port()
    server = fleet.up(fleet.server("one", port=port))
    token = fleet.token("farm", home="one")
    server.kill()
    worker = fleet.worker("far", f"http://127.0.0.1:{port}", token).start()
    fleet.up(server)
    until(lambda: set(fleet.statuses().values()) == {"completed"}, 90, "the work")
    assert "farm." in worker.said
    assert "submitted" in worker.said
    assert worker.stop() == 0, worker.said[-2000:]
    assert server.stop() == 0


def test_a_token_that_others_can_read_is_refused(fleet: Fleet, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("wl_run_x")
    file.chmod(0o644)
    done = fleet.plant.windlass("worker", "--server", "http://127.0.0.1:9", "--token-file", str(file))
    assert done.returncode == 5
    assert "chmod 600" in done.stderr
