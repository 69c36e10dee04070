"""Gemini generateContent and streamGenerateContent (ai.google.dev/api/generate-content). Pure.

The path names the model and whether the answer is a stream.
"""

from typing import Any

from windlass.scripted.turn import Answer, Ask, Offer, seen_and_fresh
from windlass.scripted.wire import Body, Dialect, frame, pieces, table, tables


def read(body: Body, path: str) -> Ask:
    tools, contents = tables(body, "tools"), tables(body, "contents", needed=True)
    mine = [index for index, content in enumerate(contents) if content.get("role") == "model"]
    system = body.get("systemInstruction") or body.get("system_instruction")
    seen, fresh = seen_and_fresh([tools, system], contents, mine[-1] if mine else -1)
    model, _, verb = path.rpartition("/")[2].partition(":")
    return Ask(
        model,
        tuple(_offer(one) for tool in tools for one in tables(tool, "functionDeclarations")),
        sum("functionResponse" in part for content in contents for part in tables(content, "parts")),
        seen, fresh,
        streamed=verb == "streamGenerateContent",
    )  # fmt: skip


def _offer(declared: Body) -> Offer:
    schema = table(declared, "parametersJsonSchema") or table(declared, "parameters")
    return Offer(str(declared.get("name")), schema)


def whole(ask: Ask, answer: Answer) -> object:
    return _part(ask, answer, _said(answer, answer.text), last=True)


def parts(ask: Ask, answer: Answer) -> list[object]:
    """The answer in the parts in which a stream brings it; only the last says why it ended."""
    texts = [""] if answer.tool else pieces(answer.text)
    return [
        _part(ask, answer, _said(answer, text), last=number == len(texts))
        for number, text in enumerate(texts, 1)
    ]


def frames(ask: Ask, answer: Answer) -> list[bytes]:
    return [frame(part) for part in parts(ask, answer)]


def problem(status: int, message: str) -> object:
    names = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
    other = "INTERNAL" if status >= 500 else "INVALID_ARGUMENT"
    return {"error": {"code": status, "message": message, "status": names.get(status, other)}}


def _said(answer: Answer, text: str) -> dict[str, Any]:
    if answer.tool is None:
        return {"text": text}
    return {"functionCall": {"name": answer.tool.name, "args": dict(answer.args)}}


def _part(ask: Ask, answer: Answer, part: dict[str, Any], *, last: bool) -> object:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [part]}, "index": 0}
    usage: dict[str, Any] = {"promptTokenCount": answer.usage.input, "totalTokenCount": answer.usage.input}
    if answer.usage.cached:
        usage["cachedContentTokenCount"] = answer.usage.cached
    if last:
        candidate["finishReason"] = "STOP"
        usage["candidatesTokenCount"] = answer.usage.output
        usage["totalTokenCount"] = answer.usage.input + answer.usage.output
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": ask.model}


GEMINI = Dialect(read, whole, frames, problem)
