"""MCP as `windlass serve` offers it: the real command, its guard, and a restart under a client."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp.client.streamable_http import streamable_http_client
from tests.cli.shell import Shell, new_shell

from mcp import Client

pytestmark = pytest.mark.slow
START_S = 90


class Served:
    """A server that can be stopped and started again at the same place."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]
        self.token = shell.bare("token", "create", "runner:w1").out.strip()
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    def start(self) -> None:
        where = ("--repo", str(self.shell.repo), "--bind", f"127.0.0.1:{self.port}")
        self.process = self.shell.plant.start("serve", *where, "--workers", "0", "--trust")
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if httpx2.get(f"http://127.0.0.1:{self.port}/health").status_code < 500:
                    return
            except httpx2.TransportError:
                time.sleep(0.1)
        raise AssertionError("the server did not come up")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    def transport(self):
        headers = {"Authorization": f"Bearer {self.token}"}
        return streamable_http_client(self.url, http_client=httpx2.AsyncClient(headers=headers, timeout=60))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(new_shell(Path(tmp_path_factory.mktemp("served")) / "plant"))
    yield made
    made.stop()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_of_either_generation_is_served(served, mode):
    async def main():
        async with Client(served.transport(), mode=mode) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            told = await client.call_tool("claim_task", {"lanes": ["nobody"]})
            return len(names), told.structured_content, len((await client.list_prompts()).prompts)

    assert anyio.run(main) == (7, {"task": None}, 8)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({}, 401),
    ],
)
def test_strangers_are_turned_away(served, headers, status):
    given = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}
    answer = httpx2.post(served.url, json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers=given)
    assert answer.status_code == status


def test_a_restart_loses_nothing_that_was_claimed(served):
    """The server's sessions end with it; leases do not, and the same key finds the same task."""
    shell = served.shell
    filed = shell("task", "file", "Say hello", "--lane", "hands", "--path", "shop/hello.py", "--json")
    key = {"lanes": ["hands"], "wait_s": 30, "idempotency_key": "once"}

    async def claim():
        async with Client(served.transport()) as client:
            return (await client.call_tool("claim_task", key)).structured_content

    before = anyio.run(claim)
    assert before["task"]["id"] == filed.json["id"]
    served.stop()
    served.start()
    after = anyio.run(claim)
    assert (after["task"]["id"], after["lease"]["fence"]) == (before["task"]["id"], before["lease"]["fence"])
    assert after["lease"]["token"] != before["lease"]["token"], "a secret is never kept, so it is made anew"

    async def renew(token):
        async with Client(served.transport()) as client:
            return (await client.call_tool("renew_lease", {"lease_token": token})).is_error

    assert anyio.run(renew, after["lease"]["token"]) is False
