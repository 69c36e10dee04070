"""OpenAI responses, whole and as a stream (developers.openai.com/api/reference/resources/responses). Pure."""

from collections.abc import Mapping
from typing import Any, Final

from windlass.kernel import Invalid
from windlass.scripted.chat import problem
from windlass.scripted.turn import Answer, Ask, Offer, seen_and_fresh
from windlass.scripted.wire import Body, Dialect, frame, model_of, pieces, table, tables

_RESULTS: Final = ("function_call_output", "local_shell_call_output", "custom_tool_call_output")
_MINE: Final = ("function_call", "local_shell_call", "custom_tool_call", "reasoning")


def read(body: Body, _path: str) -> Ask:
    given = body.get("input")
    if isinstance(given, str):
        given = [{"type": "message", "role": "user", "content": given}]
    items = tables({"input": given}, "input", needed=True)
    if body.get("previous_response_id"):
        raise Invalid("the scripted model keeps nothing, so there is no previous response")
    mine = [n for n, one in enumerate(items) if one.get("type") in _MINE or one.get("role") == "assistant"]
    tools = tables(body, "tools")
    seen, fresh = seen_and_fresh([tools, body.get("instructions")], items, mine[-1] if mine else -1)
    return Ask(
        model_of(body),
        tuple(_offers(tools)),
        sum(item.get("type") in _RESULTS for item in items),
        seen, fresh,
        streamed=body.get("stream") is True,
    )  # fmt: skip


def _offers(tools: list[dict[str, Any]], space: str = "") -> list[Offer]:
    """Codex groups the tools of an MCP server under one of type `namespace`."""
    found = []
    for tool in tools:
        kind, name = str(tool.get("type")), str(tool.get("name") or tool.get("type"))
        if kind == "namespace":
            found += _offers(tables(tool, "tools"), name)
        elif kind in ("function", "custom", "local_shell"):
            found.append(Offer(name, table(tool, "parameters"), space, kind))
    return found


def whole(ask: Ask, answer: Answer) -> object:
    return _response(ask, answer, "completed", [_item(answer)])


def frames(ask: Ask, answer: Answer) -> list[bytes]:
    item = _item(answer)
    begun = _response(ask, answer, "in_progress", [])
    told: list[tuple[str, dict[str, Any]]] = [
        ("response.created", {"response": begun}),
        ("response.in_progress", {"response": begun}),
        ("response.output_item.added", {"output_index": 0, "item": _empty(item)}),
        *_growth(answer, item),
        ("response.output_item.done", {"output_index": 0, "item": item}),
        ("response.completed", {"response": _response(ask, answer, "completed", [item])}),
    ]
    return [
        frame({"type": kind, "sequence_number": number, **data}, event=kind)
        for number, (kind, data) in enumerate(told)
    ]


def _growth(answer: Answer, item: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The events between the beginning and the end of the one item."""
    at = {"item_id": item["id"], "output_index": 0}
    if item["type"] == "function_call":
        name = "response.function_call_arguments"
        parts: list[tuple[str, dict[str, Any]]] = [
            (f"{name}.delta", {**at, "delta": piece}) for piece in pieces(answer.arguments)
        ]
        return [*parts, (f"{name}.done", {**at, "arguments": answer.arguments})]
    if item["type"] != "message":
        return []
    at["content_index"] = 0
    part = item["content"][0]
    return [
        ("response.content_part.added", {**at, "part": {**part, "text": ""}}),
        *[("response.output_text.delta", {**at, "delta": piece}) for piece in pieces(answer.text)],
        ("response.output_text.done", {**at, "text": answer.text}),
        ("response.content_part.done", {**at, "part": part}),
    ]


def _item(answer: Answer) -> dict[str, Any]:
    step, tool = answer.step, answer.tool
    if tool is None:
        content = {"type": "output_text", "text": answer.text, "annotations": []}
        return {
            "type": "message", "id": f"msg_{step}", "role": "assistant", "status": "completed",
            "content": [content],
        }  # fmt: skip
    call = {"id": f"fc_{step}", "call_id": f"call_{step}", "status": "completed"}
    if tool.kind == "local_shell":
        action = {"type": "exec", "command": answer.args.get("command"), "env": {}}
        return {"type": "local_shell_call", **call, "action": action}
    if tool.kind == "custom":
        text = answer.args.get("input")
        if not isinstance(text, str):
            raise Invalid(f"step {step}: {tool.name!r} takes one text", hint='args = {input = "…"}')
        return {"type": "custom_tool_call", **call, "name": tool.name, "input": text}
    space = {"namespace": tool.space} if tool.space else {}
    return {"type": "function_call", **call, "name": tool.name, "arguments": answer.arguments, **space}


def _empty(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item as it is announced, before it has grown."""
    hollow = {"content": [], "arguments": "", "input": ""}
    return {**item, "status": "in_progress", **{k: v for k, v in hollow.items() if k in item}}


def _response(ask: Ask, answer: Answer, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
    usage = answer.usage
    spent = {
        "input_tokens": usage.input, "input_tokens_details": {"cached_tokens": usage.cached},
        "output_tokens": usage.output, "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.input + usage.output,
    }  # fmt: skip
    return {
        "id": f"resp_{answer.step}", "object": "response", "created_at": 0, "status": status, "error": None,
        "incomplete_details": None, "model": ask.model, "output": output,
        "usage": spent if status == "completed" else None,
    }  # fmt: skip


RESPONSES = Dialect(read, whole, frames, problem)
