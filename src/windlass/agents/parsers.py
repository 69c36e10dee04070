"""From one line of an agent's output to events: one pure function for each way of telling.

Lines that are not understood tell nothing; agents add kinds of their own with every version.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from windlass.agents.model import Did, Event, Tokens

LINE_MAX: Final = 4 << 20
"""Bytes of one line; what is longer is not read."""

_LITELLM: Final = re.compile(r"\s*litellm\.(\w+\.)?\w+(Error|Exception)\b")

Parse = Callable[[bytes], Sequence[Event]]


def plain(line: bytes) -> list[Event]:
    """An agent that prints for people: each line is something it says, or an error of the library (litellm)
    that aider and mini-swe-agent ask models with.
    """
    text = line.decode("utf-8", "replace").rstrip()
    return [Event(Did.FAILED if _LITELLM.match(text) else Did.SAID, f"{text}\n")]


def lines(line: bytes) -> list[Event]:
    """Windlass's own: an object with `event` (said, acted, spent, failed, began, ended), `text`, and for
    spent `input` and `output`; for agents of your own.
    """
    told = _table(line)
    try:
        did = Did(told.get("event"))
    except ValueError:
        return []
    return [Event(did, _text(told, "text"), _tokens(told, "input", "output"))]


def codex(line: bytes) -> list[Event]:
    """`codex exec --json`, version 0.169."""
    told = _table(line)
    kind, item = _text(told, "type"), _part(told, "item")
    stage = kind.removeprefix("item.")
    if kind == "thread.started":
        return [Event(Did.BEGAN, _text(told, "thread_id"))]
    if stage == "completed" and item.get("type") == "agent_message":
        return [Event(Did.SAID, _text(item, "text"))]
    if stage == "started" and item.get("type") not in ("agent_message", "reasoning", "error"):
        return [Event(Did.ACTED, _text(item, "command") or _text(item, "type"))]
    if stage == "completed" and item.get("type") == "file_change":
        return [Event(Did.ACTED, "file_change")]
    if kind == "error":
        return [Event(Did.FAILED, _text(told, "message"))]
    if kind == "turn.failed":
        return [Event(Did.FAILED, _text(_part(told, "error"), "message"))]
    if kind == "turn.completed":
        used = _tokens(_part(told, "usage"), "input_tokens", "output_tokens")
        return [Event(Did.SPENT, tokens=used), Event(Did.ENDED)]
    return []


def opencode(line: bytes) -> list[Event]:
    """`opencode run --format json`, version 1.18. A step that ends for any reason but a tool is the last."""
    told = _table(line)
    kind, part = _text(told, "type"), _part(told, "part")
    if kind == "step_start":
        return [Event(Did.BEGAN, _text(told, "sessionID"))]
    if kind == "text":
        return [Event(Did.SAID, _text(part, "text"))]
    if kind == "tool_use":
        return [Event(Did.ACTED, _text(part, "tool"))]
    if kind == "error":
        return [Event(Did.FAILED, _said_by_provider(_part(told, "error")))]
    if kind == "step_finish":
        used = _part(part, "tokens")
        cache = _part(used, "cache")
        tokens = _tokens(used, "input", "output") + _tokens(cache, "read", "") + _tokens(cache, "write", "")
        return [Event(Did.SPENT, tokens=tokens), *_step_ended(_text(part, "reason"))]
    return []


def _step_ended(reason: str) -> list[Event]:
    if reason in ("stop", "tool-calls"):
        return [Event(Did.ENDED)] if reason == "stop" else []
    return [Event(Did.FAILED, f"incomplete answer of the model: it ended with {reason!r}")]


def _said_by_provider(error: Mapping[str, Any]) -> str:
    data = _part(error, "data")
    status = data.get("statusCode")
    words = [str(status) if isinstance(status, int) else "", _text(error, "name"), _text(data, "message")]
    return " ".join(word for word in words if word)


def gemini(line: bytes) -> list[Event]:
    """`gemini -p --output-format stream-json`, version 0.61."""
    told = _table(line)
    kind = _text(told, "type")
    if kind == "init":
        return [Event(Did.BEGAN, _text(told, "session_id"))]
    if kind == "message" and told.get("role") == "assistant":
        return [Event(Did.SAID, _text(told, "content"))]
    if kind == "tool_use":
        return [Event(Did.ACTED, _text(told, "tool_name"))]
    if kind == "error":
        return [Event(Did.FAILED, _text(told, "message"))]
    if kind == "result":
        used = Event(Did.SPENT, tokens=_tokens(_part(told, "stats"), "input_tokens", "output_tokens"))
        if told.get("status") == "success":
            return [used, Event(Did.ENDED)]
        return [used, Event(Did.FAILED, _text(_part(told, "error"), "message"))]
    return []


def claude(line: bytes) -> list[Event]:
    """`claude -p --output-format stream-json --verbose`, from its documentation; never run for windlass."""
    told = _table(line)
    kind = _text(told, "type")
    if kind == "system" and told.get("subtype") == "init":
        return [Event(Did.BEGAN, _text(told, "session_id"))]
    if kind == "assistant":
        blocks = _part(told, "message").get("content")
        return [event for block in (blocks if isinstance(blocks, list) else []) for event in _block(block)]
    if kind == "result":
        used = _part(told, "usage")
        tokens = _tokens(used, "input_tokens", "output_tokens")
        tokens += _tokens(used, "cache_read_input_tokens", "")
        tokens += _tokens(used, "cache_creation_input_tokens", "")
        good = told.get("is_error") is not True and told.get("subtype") == "success"
        words = f"{_text(told, 'subtype')} {_text(told, 'result')}".strip()
        return [Event(Did.SPENT, tokens=tokens), Event(Did.ENDED) if good else Event(Did.FAILED, words)]
    return []


def _block(block: object) -> list[Event]:
    if not isinstance(block, dict):
        return []
    if block.get("type") == "text":
        return [Event(Did.SAID, _text(block, "text"))]
    return [Event(Did.ACTED, _text(block, "name"))] if block.get("type") == "tool_use" else []


PARSERS: Final[Mapping[str, Parse]] = {
    one.__name__: one for one in (plain, lines, codex, opencode, gemini, claude)
}


def _table(line: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(line) if line.lstrip()[:1] == b"{" and len(line) <= LINE_MAX else {}
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _part(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = table.get(name)
    return value if isinstance(value, dict) else {}


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name)
    return value if isinstance(value, str) else ""


def _tokens(table: Mapping[str, Any], into: str, out: str) -> Tokens:
    """What is no number of tokens counts as none: these figures are the agent's own word."""

    def count(name: str) -> int:
        value = table.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0

    return Tokens(count(into), count(out))
