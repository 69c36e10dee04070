"""OpenAI chat completions, whole and as a stream (platform.openai.com/docs/api-reference/chat). Pure."""

from typing import Any

from windlass.scripted.turn import Answer, Ask, Offer, seen_and_fresh
from windlass.scripted.wire import Body, Dialect, frame, model_of, pieces, table, tables


def read(body: Body, _path: str) -> Ask:
    tools = tables(body, "tools")
    messages = tables(body, "messages", needed=True)
    mine = [index for index, message in enumerate(messages) if message.get("role") == "assistant"]
    seen, fresh = seen_and_fresh([tools], messages, mine[-1] if mine else -1)
    offers = [table(tool, "function") for tool in tools if tool.get("type") == "function"]
    return Ask(
        model_of(body),
        tuple(Offer(str(one.get("name")), table(one, "parameters")) for one in offers),
        sum(message.get("role") == "tool" for message in messages),
        seen, fresh,
        streamed=body.get("stream") is True,
        wants_usage=table(body, "stream_options").get("include_usage") is True,
    )  # fmt: skip


def whole(ask: Ask, answer: Answer) -> object:
    message: dict[str, Any] = {"role": "assistant", "content": None if answer.tool else answer.text}
    if answer.tool:
        message["tool_calls"] = [{**_call(answer), "function": _function(answer, answer.arguments)}]
    choice = {"index": 0, "message": message, "finish_reason": _finish(answer), "logprobs": None}
    return {**_base(ask, answer, "chat.completion"), "choices": [choice], "usage": _usage(answer)}


def frames(ask: Ask, answer: Answer) -> list[bytes]:
    """Usage comes only when it was asked for: in a last chunk without choices, null in all others."""
    base = _base(ask, answer, "chat.completion.chunk") | ({"usage": None} if ask.wants_usage else {})

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        return frame({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    told = [chunk({"role": "assistant", "content": None if answer.tool else ""})]
    if answer.tool:
        first = {"index": 0, **_call(answer), "function": _function(answer, "")}
        told.append(chunk({"tool_calls": [first]}))
        told += [
            chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
            for piece in pieces(answer.arguments)
        ]
    else:
        told += [chunk({"content": piece}) for piece in pieces(answer.text)]
    told.append(chunk({}, _finish(answer)))
    if ask.wants_usage:
        told.append(frame({**base, "choices": [], "usage": _usage(answer)}))
    return [*told, frame("[DONE]")]


def problem(status: int, message: str) -> object:
    kind = {401: "authentication_error", 429: "rate_limit_exceeded"}.get(status, "invalid_request_error")
    return {"error": {"message": message, "type": "server_error" if status >= 500 else kind, "code": None}}


def _base(ask: Ask, answer: Answer, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{answer.step}", "object": kind, "created": 0, "model": ask.model}


def _call(answer: Answer) -> dict[str, Any]:
    return {"id": f"call_{answer.step}", "type": "function"}


def _function(answer: Answer, arguments: str) -> dict[str, Any]:
    return {"name": answer.tool.name if answer.tool else "", "arguments": arguments}


def _finish(answer: Answer) -> str:
    return "tool_calls" if answer.tool else "stop"


def _usage(answer: Answer) -> dict[str, Any]:
    usage = answer.usage
    return {
        "prompt_tokens": usage.input, "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }  # fmt: skip


CHAT = Dialect(read, whole, frames, problem)
