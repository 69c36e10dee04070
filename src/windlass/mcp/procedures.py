"""The standard operating procedures as prompts and resources. Pure."""

from collections.abc import Callable, Sequence
from typing import Final

import mcp_types as types

from windlass.kernel import NotFound
from windlass.mesh import Sop

SCHEME: Final = "windlass://sops/"
MARKDOWN: Final = "text/markdown"
TTL_MS: Final = 60_000
"""How long a client may keep a procedure: a repository may change its own at any commit."""

Library = Callable[[str], Sop]
"""The procedure of a role; raises NotFound for a role that has none."""


def prompts(library: Library, roles: Sequence[str]) -> types.ListPromptsResult:
    listed = [
        types.Prompt(name=one.role, title=one.title, description=one.summary)
        for one in (library(role) for role in roles)
    ]
    return types.ListPromptsResult(prompts=listed, ttl_ms=TTL_MS)


def prompt(library: Library, role: str) -> types.GetPromptResult:
    one = library(role)
    text = types.TextContent(type="text", text=one.text)
    return types.GetPromptResult(
        description=_described(one), messages=[types.PromptMessage(role="user", content=text)]
    )


def resources(library: Library, roles: Sequence[str]) -> types.ListResourcesResult:
    listed = [
        types.Resource(
            uri=SCHEME + one.role, name=one.role, title=one.title, description=one.summary,
            mime_type=MARKDOWN, size=len(one.text.encode()),
        )
        for one in (library(role) for role in roles)
    ]  # fmt: skip
    return types.ListResourcesResult(resources=listed, ttl_ms=TTL_MS)


def resource(library: Library, uri: str) -> types.ReadResourceResult:
    if not uri.startswith(SCHEME):
        raise NotFound(f"there is no resource {uri[:200]!r}", hint=f"they begin with {SCHEME}")
    one = library(uri.removeprefix(SCHEME))
    contents = types.TextResourceContents(uri=uri, mime_type=MARKDOWN, text=one.text)
    return types.ReadResourceResult(contents=[contents], ttl_ms=TTL_MS)


def _described(one: Sop) -> str:
    return f"{one.title} (version {one.version}, {one.origin.value})"
