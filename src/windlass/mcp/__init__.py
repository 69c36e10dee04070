"""Offer the tools, prompts and procedures of the mesh to MCP clients, on standard input or over HTTP.

Owns: nothing durable.  Never: decides who may do what.  Start at: server.py, then http.py and stdio.py.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windlass.mcp.http import Endpoint
    from windlass.mcp.lease import serve_lease
    from windlass.mcp.stdio import serve_stdio

# Names load on first use: a run may have an agent that asks for the tools, and most have none.
_HOMES = {"Endpoint": "http", "serve_lease": "lease", "serve_stdio": "stdio"}

__all__ = ["Endpoint", "serve_lease", "serve_stdio"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"windlass.mcp has no {name!r}")
    return getattr(importlib.import_module(f"windlass.mcp.{_HOMES[name]}"), name)
