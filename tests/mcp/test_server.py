"""The server in both generations of the protocol, by the SDK's own client."""

import anyio
import pytest

from mcp import Client, MCPError
from windlass import __version__
from windlass.identity import OWNER, Principal, Role
from windlass.mesh import TOOLS, procedure, roles

MODES = {"auto": "2026-07-28", "legacy": "2025-11-25"}
VIEWER = Principal("person:v", Role.VIEWER)


@pytest.fixture(params=list(MODES))
def mode(request):
    return request.param


def run(place, principal, mode, work):
    async def main():
        async with Client(place.server(principal), mode=mode) as client:
            return await work(client)

    return anyio.run(main)


def test_it_says_who_it_is_and_which_protocol_it_speaks(lite, mode):
    async def look(client):
        return client.session.protocol_version, client.server_info, client.instructions

    version, info, instructions = run(lite, OWNER, mode, look)
    assert version == MODES[mode]
    assert (info.name, info.version) == ("windlass", __version__)
    assert "claim_task" in instructions


def test_tools_are_listed_for_the_caller(lite, mode):
    async def look(client):
        return [tool.name for tool in (await client.list_tools()).tools]

    assert run(lite, OWNER, mode, look) == list(TOOLS)
    assert run(lite, VIEWER, mode, look) == ["check_task_status", "get_task_history"]


def test_every_answer_fits_its_schema_for_the_client_too(lite, mode):
    """The SDK's client raises when structured content does not fit the tool's output schema."""
    task = lite.desk.file()

    async def work(client):
        for name, arguments in (
            ("claim_task", {}), ("check_task_status", {"task_id": task}),
            ("get_task_history", {"task_id": task}), ("sweep_stale_leases", {}),
            ("requeue_task", {"task_id": task, "reason": "again"}),
            ("cancel_task", {"task_id": task, "reason": "enough"}),
        ):  # fmt: skip
            result = await client.call_tool(name, arguments)
            assert not result.is_error, (name, result.content)
            assert result.structured_content is not None

    run(lite, OWNER, mode, work)


def test_a_tool_that_is_not_there_is_an_error_of_the_protocol(lite, mode):
    async def work(client):
        with pytest.raises(MCPError) as caught:
            await client.call_tool("drop_database", {})
        return caught.value

    error = run(lite, OWNER, mode, work)
    assert error.code == -32602
    assert "drop_database" in error.message


def test_prompts_and_resources_are_the_procedures(lite, mode):
    async def work(client):
        listed = [one.name for one in (await client.list_prompts()).prompts]
        told = await client.get_prompt("qa")
        uris = [str(one.uri) for one in (await client.list_resources()).resources]
        read = await client.read_resource("windlass://sops/worker")
        return listed, told.messages[0].content.text, uris, read.contents[0].text

    listed, qa, uris, worker = run(lite, VIEWER, mode, work)
    assert listed == list(roles())
    assert uris == [f"windlass://sops/{role}" for role in roles()]
    assert (qa, worker) == (procedure("qa").text, procedure("worker").text)


@pytest.mark.parametrize("what", ["prompt", "resource"])
def test_what_is_not_there_is_said_to_be_missing(lite, mode, what):
    async def work(client):
        asked = (
            client.get_prompt("emperor") if what == "prompt" else client.read_resource("windlass://sops/emperor")
        )
        with pytest.raises(MCPError) as caught:
            await asked
        return caught.value

    error = run(lite, VIEWER, mode, work)
    assert "emperor" in error.message
    assert "worker" in error.data["hint"]
