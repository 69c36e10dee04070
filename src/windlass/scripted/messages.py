"""Anthropic messages, whole and as a stream (docs.anthropic.com/en/api/messages). Pure."""

from typing import Any

from windlass.scripted.turn import Answer, Ask, Offer, seen_and_fresh
from windlass.scripted.wire import Body, Dialect, frame, model_of, pieces, table, tables


def read(body: Body, _path: str) -> Ask:
    tools = tables(body, "tools")
    messages = tables(body, "messages", needed=True)
    mine = [index for index, message in enumerate(messages) if message.get("role") == "assistant"]
    seen, fresh = seen_and_fresh([tools, body.get("system")], messages, mine[-1] if mine else -1)
    return Ask(
        model_of(body),
        tuple(Offer(str(tool.get("name")), table(tool, "input_schema")) for tool in tools),
        sum(block.get("type") == "tool_result" for message in messages for block in _blocks(message)),
        seen, fresh,
        streamed=body.get("stream") is True,
    )  # fmt: skip


def _blocks(message: Body) -> list[dict[str, Any]]:
    return [] if isinstance(message.get("content"), str) else tables(message, "content")


def whole(ask: Ask, answer: Answer) -> object:
    usage = {**_input(answer), "output_tokens": answer.usage.output}
    return {**_base(ask, answer), "content": [_block(answer)], "stop_reason": _stop(answer), "usage": usage}


def frames(ask: Ask, answer: Answer) -> list[bytes]:
    """`output_tokens` counts up: one when the message starts, all of them with the last delta."""
    start = {**_base(ask, answer), "content": [], "usage": {**_input(answer), "output_tokens": 1}}
    if answer.tool:
        hollow: dict[str, Any] = {**_block(answer), "input": {}}
        deltas = [{"type": "input_json_delta", "partial_json": one} for one in pieces(answer.arguments)]
    else:
        hollow = {"type": "text", "text": ""}
        deltas = [{"type": "text_delta", "text": one} for one in pieces(answer.text)]
    told: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": hollow},
        {"type": "ping"},
        *[{"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas],
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta", "delta": {"stop_reason": _stop(answer), "stop_sequence": None},
            "usage": {"output_tokens": answer.usage.output},
        },
        {"type": "message_stop"},
    ]  # fmt: skip
    return [frame(one, event=one["type"]) for one in told]


def problem(status: int, message: str) -> object:
    kinds = {
        401: "authentication_error", 403: "permission_error", 404: "not_found_error",
        429: "rate_limit_error", 529: "overloaded_error",
    }  # fmt: skip
    other = "api_error" if status >= 500 else "invalid_request_error"
    return {"type": "error", "error": {"type": kinds.get(status, other), "message": message}}


def _base(ask: Ask, answer: Answer) -> dict[str, Any]:
    return {
        "id": f"msg_{answer.step}", "type": "message", "role": "assistant", "model": ask.model,
        "stop_reason": None, "stop_sequence": None,
    }  # fmt: skip


def _block(answer: Answer) -> dict[str, Any]:
    if answer.tool is None:
        return {"type": "text", "text": answer.text}
    return {
        "type": "tool_use",
        "id": f"toolu_{answer.step}",
        "name": answer.tool.name,
        "input": dict(answer.args),
    }


def _stop(answer: Answer) -> str:
    return "tool_use" if answer.tool else "end_turn"


def _input(answer: Answer) -> dict[str, Any]:
    """Anthropic's `input_tokens` leaves out what was read from the cache."""
    usage = answer.usage
    return {
        "input_tokens": usage.input - usage.cached, "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached,
    }  # fmt: skip


MESSAGES = Dialect(read, whole, frames, problem)
