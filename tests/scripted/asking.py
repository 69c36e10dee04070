"""Requests as agents make them, in each of the four protocols, and what their answers say."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SCHEMA = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}
Tools = Mapping[str, Mapping[str, Any]]
SHELL: Tools = {"bash": SCHEMA}


@dataclass(frozen=True)
class Spoken:
    """How one protocol is spoken. `body(done, tools, stream)`: where `done` tools have answered."""

    name: str
    path: Callable[[bool], str]
    body: Callable[[int, Tools, bool], dict[str, Any]]
    said: Callable[[Any], tuple[str, Any]]
    """Of a whole answer: ("text", text) or (name of the tool, arguments)."""
    gathered: Callable[[list[Any]], tuple[str, Any]]
    """The same of a stream's events."""
    usage: Callable[[Any], tuple[int, int, int]]
    """Input, cached and output tokens of a whole answer."""


def _chat(done: int, tools: Tools, stream: bool) -> dict[str, Any]:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "You fix tests."},
        {"role": "user", "content": "Fix it."},
    ]
    for n in range(done):
        call = {"id": f"call_{n}", "type": "function", "function": {"name": "bash", "arguments": "{}"}}
        messages += [{"role": "assistant", "content": None, "tool_calls": [call]}]
        messages += [{"role": "tool", "tool_call_id": f"call_{n}", "content": f"output {n}"}]
    offered = [
        {"type": "function", "function": {"name": name, "parameters": schema}}
        for name, schema in tools.items()
    ]
    return {"model": "m-1", "messages": messages, "stream": stream} | ({"tools": offered} if offered else {})


def _chat_said(answer: Any) -> tuple[str, Any]:
    message = answer["choices"][0]["message"]
    if calls := message.get("tool_calls"):
        return calls[0]["function"]["name"], json.loads(calls[0]["function"]["arguments"])
    return "text", message["content"]


def _chat_gathered(events: list[Any]) -> tuple[str, Any]:
    assert events[-1] == "[DONE]"
    deltas = [one["choices"][0]["delta"] for one in events[:-1] if one["choices"]]
    calls = [call["function"] for delta in deltas for call in delta.get("tool_calls", [])]
    if calls:
        return calls[0]["name"], json.loads("".join(call["arguments"] for call in calls))
    return "text", "".join(delta.get("content") or "" for delta in deltas)


def _chat_usage(answer: Any) -> tuple[int, int, int]:
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    return usage["prompt_tokens"], cached, usage["completion_tokens"]


def _responses(done: int, tools: Tools, stream: bool) -> dict[str, Any]:
    items: list[dict[str, Any]] = [{"type": "message", "role": "user", "content": "Fix it."}]
    for n in range(done):
        items += [{"type": "function_call", "call_id": f"call_{n}", "name": "bash", "arguments": "{}"}]
        items += [{"type": "function_call_output", "call_id": f"call_{n}", "output": f"output {n}"}]
    offered = [{"type": "function", "name": name, "parameters": schema} for name, schema in tools.items()]
    return {
        "model": "m-1", "instructions": "You fix tests.", "input": items, "tools": offered, "stream": stream
    }  # fmt: skip


def _responses_said(answer: Any) -> tuple[str, Any]:
    (item,) = answer["output"]
    if item["type"] == "function_call":
        return item["name"], json.loads(item["arguments"])
    return "text", item["content"][0]["text"]


def _responses_gathered(events: list[Any]) -> tuple[str, Any]:
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    text = "".join(event["delta"] for event in events if event["type"].endswith(".delta"))
    whole = _responses_said(events[-1]["response"])
    assert text == whole[1] or json.loads(text) == whole[1]
    return whole


def _responses_usage(answer: Any) -> tuple[int, int, int]:
    usage = answer["usage"]
    return usage["input_tokens"], usage["input_tokens_details"]["cached_tokens"], usage["output_tokens"]


def _messages(done: int, tools: Tools, stream: bool) -> dict[str, Any]:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Fix it."}]
    for n in range(done):
        use = {"type": "tool_use", "id": f"toolu_{n}", "name": "bash", "input": {}}
        result = {"type": "tool_result", "tool_use_id": f"toolu_{n}", "content": f"output {n}"}
        messages += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    offered = [{"name": name, "input_schema": schema} for name, schema in tools.items()]
    return {
        "model": "m-1", "max_tokens": 1000, "system": "You fix tests.", "messages": messages,
        "tools": offered, "stream": stream,
    }  # fmt: skip


def _messages_said(answer: Any) -> tuple[str, Any]:
    (block,) = answer["content"]
    return (block["name"], block["input"]) if block["type"] == "tool_use" else ("text", block["text"])


def _messages_gathered(events: list[Any]) -> tuple[str, Any]:
    assert events[-1] == {"type": "message_stop"}
    block = next(one["content_block"] for one in events if one["type"] == "content_block_start")
    deltas = [one["delta"] for one in events if one["type"] == "content_block_delta"]
    if block["type"] == "tool_use":
        return block["name"], json.loads("".join(delta["partial_json"] for delta in deltas))
    return "text", "".join(delta["text"] for delta in deltas)


def _messages_usage(answer: Any) -> tuple[int, int, int]:
    usage = answer["usage"]
    cached = usage["cache_read_input_tokens"]
    return usage["input_tokens"] + cached, cached, usage["output_tokens"]


def _gemini(done: int, tools: Tools, _stream: bool) -> dict[str, Any]:
    contents: list[dict[str, Any]] = [{"role": "user", "parts": [{"text": "Fix it."}]}]
    for n in range(done):
        result = {"functionResponse": {"name": "bash", "response": {"output": f"output {n}"}}}
        contents += [{"role": "model", "parts": [{"functionCall": {"name": "bash", "args": {}}}]}]
        contents += [{"role": "user", "parts": [result]}]
    offered = [{"name": name, "parametersJsonSchema": schema} for name, schema in tools.items()]
    body: dict[str, Any] = {"contents": contents, "systemInstruction": {"parts": [{"text": "You fix."}]}}
    return body | ({"tools": [{"functionDeclarations": offered}]} if offered else {})


def _gemini_said(answer: Any) -> tuple[str, Any]:
    (part,) = answer["candidates"][0]["content"]["parts"]
    call = part.get("functionCall")
    return (call["name"], call["args"]) if call else ("text", part["text"])


def _gemini_gathered(events: list[Any]) -> tuple[str, Any]:
    assert [one["candidates"][0].get("finishReason") for one in events][-1] == "STOP"
    said = [_gemini_said(one) for one in events]
    return said[0] if said[0][0] != "text" else ("text", "".join(text for _, text in said))


def _gemini_usage(answer: Any) -> tuple[int, int, int]:
    usage = answer["usageMetadata"]
    return usage["promptTokenCount"], usage.get("cachedContentTokenCount", 0), usage["candidatesTokenCount"]


def _gemini_path(stream: bool) -> str:
    verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
    return f"/v1beta/models/m-1:{verb}"


CHAT = Spoken(
    "chat", lambda _: "/v1/chat/completions", _chat, _chat_said, _chat_gathered, _chat_usage
)  # fmt: skip
RESPONSES = Spoken(
    "responses", lambda _: "/v1/responses", _responses, _responses_said, _responses_gathered, _responses_usage
)
MESSAGES = Spoken(
    "messages", lambda _: "/v1/messages", _messages, _messages_said, _messages_gathered, _messages_usage
)
GEMINI = Spoken("gemini", _gemini_path, _gemini, _gemini_said, _gemini_gathered, _gemini_usage)
ALL = (CHAT, RESPONSES, MESSAGES, GEMINI)


def events_of(text: str) -> list[Any]:
    """The data of each server-sent event; JSON is parsed, what is none stays a text."""
    found = []
    for block in text.split("\n\n"):
        data = [line.removeprefix("data: ") for line in block.splitlines() if line.startswith("data: ")]
        if data:
            found.append(data[0] if data[0] == "[DONE]" else json.loads(data[0]))
    return found
