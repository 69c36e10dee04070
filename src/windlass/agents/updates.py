"""From what an ACP agent reports of its turn to events. Tolerant and pure: kinds that are not known tell
nothing, since agents are ahead of the protocol's schema.
"""

from collections.abc import Mapping
from typing import Any

from windlass.agents.model import Did, End, Event, Tokens


def events_of(params: object) -> list[Event]:
    """The events of one `session/update`."""
    update = _part(params, "update")
    kind = update.get("sessionUpdate")
    if kind == "agent_message_chunk":
        text = _part(update, "content").get("text")
        return [Event(Did.SAID, text)] if isinstance(text, str) else []
    if kind == "tool_call":
        title = update.get("title")
        return [Event(Did.ACTED, title if isinstance(title, str) else "")]
    return []


def tokens_of(result: object) -> Tokens:
    """What the agent says its prompt used: in the protocol's own field, or in Gemini's."""
    used = _part(result, "usage")
    if used:
        cached = _count(used, "cachedReadTokens") + _count(used, "cachedWriteTokens")
        return Tokens(_count(used, "inputTokens") + cached, _count(used, "outputTokens"))
    quota = _part(_part(_part(result, "_meta"), "quota"), "token_count")
    return Tokens(_count(quota, "input_tokens"), _count(quota, "output_tokens"))


def end_of(result: object) -> End:
    """How a prompt ended, by its stop reason."""
    reason = result.get("stopReason") if isinstance(result, Mapping) else None
    ends = {
        "end_turn": End.DONE, "refusal": End.CANNOT, "max_turn_requests": End.TURNS, "max_tokens": End.TURNS,
    }  # fmt: skip
    return ends.get(reason, End.CRASHED) if isinstance(reason, str) else End.CRASHED


def _part(table: object, name: str) -> Mapping[str, Any]:
    value = table.get(name) if isinstance(table, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _count(table: Mapping[str, Any], name: str) -> int:
    value = table.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
