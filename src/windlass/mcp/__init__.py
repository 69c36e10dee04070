"""Offer the tools, prompts and procedures of the mesh to MCP clients, on standard input or over HTTP.

Owns: nothing durable.  Never: decides who may do what.  Start at: server.py, then http.py and stdio.py.
"""

from windlass.mcp.http import Endpoint
from windlass.mcp.stdio import serve_stdio

__all__ = ["Endpoint", "serve_stdio"]
