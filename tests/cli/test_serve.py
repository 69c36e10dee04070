"""`windlass serve` from outside: where it listens, what it refuses, how it ends."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.journeys.fleet import Fleet, free_port, until
from tests.journeys.plant import Plant


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(Plant(tmp_path).make(parts=0), "")
    yield made
    made.close()


def refused(fleet: Fleet, *words: str) -> "subprocess.CompletedProcess[str]":
    return fleet.plant.windlass("serve", "--no-repo", *words, timeout_s=60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["terminated", "ctrl-c"])
def test_it_says_where_it_listens_and_ends_cleanly(fleet: Fleet, number: signal.Signals) -> None:
    port = free_port()
    server = fleet.up(fleet.server("one", "--interval", "1h", port=port))
    assert f"windlass serves repo at http://127.0.0.1:{port} (node node-" in server.said
    url = f"http://127.0.0.1:{port}"
    assert httpx.get(f"{url}/health").status_code == 200
    assert httpx.get(f"{url}/health", headers={"Host": "evil.example.org"}).status_code == 421
    assert httpx.get(f"{url}/v1/tasks").status_code == 401
    server.signal(number)
    began = time.monotonic()
    assert server.child is not None
    assert server.child.wait(30) == 0, server.said[-2000:]
    assert time.monotonic() - began < 20
    again = fleet.up(server)
    assert again.stop() == 0


def test_another_place_than_loopback_is_refused_with_the_exact_fix(fleet: Fleet) -> None:
    done = refused(fleet, "--bind", "0.0.0.0:7799")
    assert done.returncode == 5
    for step in ("--tls-cert", "--host NAME", "windlass token create", "--bind 127.0.0.1:7799"):
        assert step in done.stderr


def test_a_port_that_is_taken_ends_it_with_an_error(fleet: Fleet) -> None:
    port = free_port()
    fleet.up(fleet.server("one", port=port))
    second = fleet.server("two", port=port).start()
    until(lambda: not second.running, 60, "the end of the second")
    assert second.child is not None
    assert second.child.returncode != 0
    assert "address already in use" in second.said
