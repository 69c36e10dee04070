"""The MCP server: the SDK's low-level one, because our schemas are written in a contract and not in Python.

Handlers answer for whoever the transport says is calling; nothing in a message can change who that is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import mcp_types as types
from mcp.server import Server, ServerRequestContext

from mcp import MCPError
from windlass import __version__
from windlass.identity import Principal
from windlass.kernel import NotFound
from windlass.mcp import procedures
from windlass.mcp.calls import Calls
from windlass.mcp.catalogue import Entry, visible
from windlass.mcp.procedures import Library
from windlass.mesh import roles

Context = ServerRequestContext[Any, Any]
Who = Callable[[Context], Principal]
"""Who is calling, by what the transport established before the message was read."""

NAME: Final = "windlass"
INSTRUCTIONS: Final = """\
windlass hands out tasks of a git repository under leases and lands only what was checked.
Work: claim_task, then renew_lease at least every `renew_every_s` seconds while you work; ask_clarification
when an instruction is unclear or wrong; submit_for_review (with evidence when the risk is high). A lost lease
is final: stop and claim anew. Give `lease_token` from the claim with every call about the task, unless it is
your bearer. The prompts hold the procedure of each role. Errors are problem documents with a `hint`.
"""
HOLDERS: Final = (
    "renew_lease", "ask_clarification", "check_task_status", "submit_for_review", "get_task_history",
)  # fmt: skip
"""The tools for who works on a task in its box; the rest is for others, or done around the box by windlass.
"""
IN_A_BOX: Final = """\
windlass gave you one task, and these tools are about that task alone; no token is needed.
When an instruction is unclear or wrong, ask_clarification, then check_task_status until it is answered.
windlass renews your lease while you work, and takes what is in the files when your turn ends:
submit_for_review, without `commit`, leaves a note for the reviewers. A lost lease is final: stop.
The prompts hold the procedure of each role. Errors are problem documents with a `hint`.
"""


@dataclass(frozen=True, slots=True)
class Counter:
    """What the handlers of one server answer with."""

    calls: Calls
    entries: Mapping[str, Entry]
    library: Library
    who: Who

    async def list_tools(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=list(visible(self.entries, self.who(ctx))))

    async def call_tool(self, ctx: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        if params.name not in self.entries:
            known = ", ".join(self.entries)
            raise MCPError(types.INVALID_PARAMS, f"there is no tool {params.name[:80]!r}", {"known": known})
        meta: Mapping[str, Any] = dict(ctx.meta or {})
        return await self.calls.answer(self.who(ctx), params.name, params.arguments or {}, meta)

    async def list_prompts(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        return procedures.prompts(self.library, roles())

    async def get_prompt(self, ctx: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        try:
            return procedures.prompt(self.library, params.name)
        except NotFound as error:
            raise MCPError(types.INVALID_PARAMS, str(error), {"hint": error.hint}) from error

    async def list_resources(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        return procedures.resources(self.library, roles())

    async def list_templates(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=[])

    async def read_resource(
        self, ctx: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        try:
            return procedures.resource(self.library, str(params.uri))
        except NotFound as error:
            data = {"uri": str(params.uri)[:500], "hint": error.hint}
            raise MCPError(types.INVALID_PARAMS, str(error), data) from error


def server_of(counter: Counter, *, instructions: str = INSTRUCTIONS) -> Server[Any]:
    return Server(
        NAME, version=__version__, title="windlass", instructions=instructions,
        on_list_tools=counter.list_tools, on_call_tool=counter.call_tool,
        on_list_prompts=counter.list_prompts, on_get_prompt=counter.get_prompt,
        on_list_resources=counter.list_resources, on_read_resource=counter.read_resource,
        on_list_resource_templates=counter.list_templates,
    )  # fmt: skip
