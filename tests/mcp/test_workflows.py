"""The founding document's four workflows through MCP clients: HTTP in both generations, and standard input.

Every call is a connection of its own, as the bearer of its token; what a client says is all that counts.
"""

import socket
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.journeys.workflows import WORKFLOWS, Yard, make_yard
from tests.mcp.conftest import Place, serve

from mcp import Client, StdioServerParameters
from windlass.identity import Door
from windlass.kernel import Conflict, Denied, FixedClock, Invalid, NotFound, Unavailable, WindlassError
from windlass.mcp.problems import PROBLEM
from windlass.mcp.stdio import serve_streams, server_for
from windlass.store import Database

KINDS = {2: Invalid, 3: NotFound, 5: Denied, 6: Conflict, 7: Unavailable, 70: WindlassError}
RELAY = Path(__file__).with_name("relay.py")


async def ask(target: Any, mode: str, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    async with Client(target, mode=mode) as client:
        result = await client.call_tool(tool, dict(arguments))
    if result.is_error:
        assert result.meta is not None
        problem = result.meta[PROBLEM]
        raise KINDS[problem["exit_code"]](problem["detail"], hint=problem["hint"])
    assert isinstance(result.structured_content, dict)
    return result.structured_content


def over_http(yard: Yard, mode: str) -> Callable[[str, Mapping[str, Any], str], dict[str, Any]]:
    place = Place(yard.database)
    place.mesh = yard.mesh
    served = serve(place)
    site = next(served)
    yard.closing = served.close

    def call(tool: str, arguments: Mapping[str, Any], token: str) -> dict[str, Any]:
        return anyio.run(ask, site.transport(token), mode, tool, arguments)

    return call


def over_stdio(yard: Yard, mode: str) -> Callable[[str, Mapping[str, Any], str], dict[str, Any]]:
    door = Door(yard.database)

    def call(tool: str, arguments: Mapping[str, Any], token: str) -> dict[str, Any]:
        listener = socket.create_server(("127.0.0.1", 0))
        server = server_for(yard.mesh, door, door.enter(token, via="mcp"))

        def answer() -> None:
            link, _ = listener.accept()
            with link, link.makefile("rb") as source, link.makefile("w", encoding="utf-8") as sink:
                anyio.run(serve_streams, server, source, sink)

        thread = threading.Thread(target=answer)
        thread.start()
        port = listener.getsockname()[1]
        started = StdioServerParameters(command=sys.executable, args=[str(RELAY), str(port)])
        try:
            return anyio.run(ask, started, mode, tool, arguments)
        finally:
            thread.join(10)
            listener.close()

    return call


@pytest.mark.slow
@pytest.mark.parametrize(
    ("transport", "mode"),
    [(over_http, "auto"), (over_http, "legacy"), (over_stdio, "auto"), (over_stdio, "legacy")],
    ids=["http", "http-legacy", "stdio", "stdio-legacy"],
)
@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_workflow_of_the_founding_document_through_mcp(
    name: str, transport: Any, mode: str, sqlite: Database, tmp_path: Path, clock: FixedClock
) -> None:
    story, settings = WORKFLOWS[name]
    yard = make_yard(sqlite, tmp_path, clock, **settings)
    yard.call = transport(yard, mode)
    try:
        story(yard)
        assert yard.leases() == 0, "a story ends with nobody at work"
    finally:
        getattr(yard, "closing", lambda: None)()
