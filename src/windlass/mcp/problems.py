"""Errors as MCP tells them: the problem document that HTTP gives for the same error, for a model to read."""

import logging
import uuid
from typing import Final

import mcp_types as types

from windlass.contracts import problem
from windlass.kernel import Kind, WindlassError

PROBLEM: Final = "windlass/problem"
"""The member of a failed result's `_meta` that holds the problem document."""
_LOG: Final = logging.getLogger(__name__)


def result_of(error: Exception) -> types.CallToolResult:
    """A failed call: words for a model, the problem for a program. What nobody foresaw tells nothing.

    The problem stands in `_meta`: clients hold structured content against the output schema, of errors too.
    """
    known = error if isinstance(error, WindlassError) else _bug(error)
    told = problem(known, instance=_logged(known) if known.kind is Kind.BUG else "")
    lines = [f"error ({told['code']}): {told['detail']}"]
    lines += [f"- {one['pointer'] or '/'}: {one['detail']}" for one in told.get("errors", ())]
    if told["hint"]:
        lines.append(f"try: {told['hint']}")
    text = types.TextContent(type="text", text="\n".join(lines))
    return types.CallToolResult(content=[text], is_error=True, _meta={PROBLEM: told})


def _bug(error: Exception) -> WindlassError:
    wrapped = WindlassError("an error that nobody foresaw")
    wrapped.__cause__ = error
    return wrapped


def _logged(error: WindlassError) -> str:
    """A name for this occurrence, under which the log holds the rest."""
    name = f"urn:uuid:{uuid.uuid4()}"
    _LOG.error("%s: %s", name, type(error).__name__, exc_info=error.__cause__ or error)
    return name
