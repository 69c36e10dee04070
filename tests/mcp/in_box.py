"""Runs inside a lease's box: an agent that uses its tools, and one that wants more than they give.

`in_box.py URL OTHER TOKEN`: prints one JSON object, each name with what came of it.
"""

import asyncio
import json
import sys

from mcp import Client, MCPError

URL, OTHER, TOKEN = sys.argv[1], int(sys.argv[2]), sys.argv[3]


async def told(client: Client, tool: str, **arguments: object) -> object:
    try:
        result = await client.call_tool(tool, arguments)
    except MCPError as error:
        return f"error {error.error.code}"
    if result.is_error:
        return result.meta["windlass/problem"]["code"]
    return result.structured_content


async def main() -> None:
    async with Client(URL) as client:
        found = {
            "tools": sorted(tool.name for tool in (await client.list_tools()).tools),
            "prompts": len((await client.list_prompts()).prompts),
            "mine": await told(client, "check_task_status"),
            "renewed": await told(client, "renew_lease"),
            "note": await told(client, "submit_for_review", note="It is done."),
            "commit": await told(client, "submit_for_review", commit="a" * 40),
            "other task": await told(client, "check_task_status", task_id=OTHER),
            "other history": await told(client, "get_task_history", task_id=OTHER),
            "stolen token": await told(client, "renew_lease", lease_token=TOKEN),
            "a noted theft": await told(client, "submit_for_review", note="x", lease_token=TOKEN),
            "claim": await told(client, "claim_task", lanes=["mechanic"]),
            "approve": await told(client, "approve_work", task_id=OTHER, commit="a" * 40),
            "cancel": await told(client, "cancel_task", task_id=OTHER, reason="x"),
            "asked": await told(client, "ask_clarification", question="Which one?", options=["a", "b"]),
        }
    print(json.dumps(found))


asyncio.run(main())
