"""Errors as MCP tells them: the problem document that HTTP gives for the same error, for a model to read."""

import logging
import uuid
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import mcp_types as types

from windlass.contracts import Malformed, Mistake
from windlass.identity import Unknown, redacted
from windlass.kernel import Invalid, Kind, WindlassError

DETAIL_MAX: Final = 4000
HINT_MAX: Final = 2000
PROBLEM: Final = "windlass/problem"
"""The member of a failed result's `_meta` that holds the problem document."""
_LOG: Final = logging.getLogger(__name__)


class Unfit(Invalid):
    """Arguments that do not fit the contract."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        first = mistakes[0]
        where = f"{first.place}{' ' if first.pointer else ''}{first.pointer}"
        super().__init__(f"{where}: {first.detail}", hint="`errors` names every place; see the input schema")
        self.mistakes = tuple(mistakes)


def problem(error: WindlassError) -> dict[str, Any]:
    """The document for an error. A bug is not explained, only named; the log has the rest under that name."""
    bug = error.kind is Kind.BUG
    code = "bug" if bug else error.code
    detail, hint = str(error), error.hint
    if bug:
        detail, hint = "a bug in windlass", "report it; the server's log has it under `instance`"
    status = status_of(error)
    made: dict[str, Any] = {
        "type": f"urn:windlass:problem:{code}", "title": HTTPStatus(status).phrase, "status": status,
        "detail": redacted(detail)[:DETAIL_MAX], "code": code, "hint": redacted(hint)[:HINT_MAX],
        "exit_code": error.kind.exit_code,
    }  # fmt: skip
    if bug:
        made["instance"] = _logged(error)
    if isinstance(error, Unfit):
        made["errors"] = [_mistake(one) for one in error.mistakes]
    return made


def status_of(error: WindlassError) -> int:
    """The HTTP status of an error: two kinds tell more than their kind."""
    if isinstance(error, Unknown):
        return 401
    return 400 if isinstance(error, Malformed) else error.kind.http_status


def result_of(error: Exception) -> types.CallToolResult:
    """A failed call: words for a model, the problem for a program. What nobody foresaw tells nothing.

    The problem stands in `_meta`: clients hold structured content against the output schema, of errors too.
    """
    told = problem(error if isinstance(error, WindlassError) else _bug(error))
    lines = [f"error ({told['code']}): {told['detail']}"]
    lines += [f"- {one['pointer'] or '/'}: {one['detail']}" for one in told.get("errors", ())]
    if told["hint"]:
        lines.append(f"try: {told['hint']}")
    text = types.TextContent(type="text", text="\n".join(lines))
    return types.CallToolResult(content=[text], is_error=True, _meta={PROBLEM: told})


def _mistake(one: Mistake) -> dict[str, str]:
    return {"in": one.place, "pointer": redacted(one.pointer), "rule": one.rule,
            "detail": redacted(one.detail)}  # fmt: skip


def _bug(error: Exception) -> WindlassError:
    wrapped = WindlassError("an error that nobody foresaw")
    wrapped.__cause__ = error
    return wrapped


def _logged(error: WindlassError) -> str:
    """A name for this occurrence, under which the log holds the rest."""
    name = f"urn:uuid:{uuid.uuid4()}"
    _LOG.error("%s: %s", name, type(error).__name__, exc_info=error.__cause__ or error)
    return name
