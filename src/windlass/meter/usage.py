"""Tokens out of a provider's own usage fields, from a whole answer or from the events of a stream. Pure.

Where each number stands is documented by the providers:

- OpenAI chat: platform.openai.com/docs/api-reference/chat (`usage`; in streams a last chunk with empty
  `choices`, if `stream_options.include_usage` was set).
- OpenAI responses: developers.openai.com/api/reference/resources/responses (`response.usage` of the
  event `response.completed`, `response.incomplete` or `response.failed`).
- Anthropic: docs.anthropic.com/en/api/messages-streaming (`message_start` begins, `message_delta` carries
  cumulative counts; `input_tokens` leaves out what was read from or written to the cache).
- Gemini: ai.google.dev/api/generate-content#UsageMetadata (each part carries it, the last one counts;
  `promptTokenCount` holds the cached part, `candidatesTokenCount` leaves out thoughts).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from windlass.meter.model import Protocol, Usage

Table = Mapping[str, Any]
TOKENS_MAX: Final = 1 << 40
"""No call has more tokens; a larger number is no number of tokens."""
DONE: Final = "[DONE]"


class Reading:
    """What is known so far about one answer."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._counts: dict[str, int] = {}
        self.understood = False
        """Whether anything came that belongs to the protocol."""
        self.garbled = False
        """Whether something came that is no JSON."""
        self.ended = False
        """Whether the model came to its end."""
        self.error = ""
        """The kind of error that the stream reported, e.g. `overloaded_error`."""
        self.model = ""

    @property
    def usage(self) -> Usage | None:
        """Tokens so far; None: nothing was said about them."""
        count = self._counts.get
        if not self._counts:
            return None
        match self._protocol:
            case Protocol.CHAT:
                # Some servers count thoughts in the total alone.
                thought = count("total_tokens", 0) - count("prompt_tokens", 0)
                output = max(count("completion_tokens", 0), thought)
                return Usage(count("prompt_tokens", 0), count("cached", 0), count("written", 0), output)
            case Protocol.RESPONSES:
                return Usage(
                    count("input_tokens", 0),
                    count("cached", 0),
                    count("written", 0),
                    count("output_tokens", 0),
                )
            case Protocol.MESSAGES:
                cached = count("cache_read_input_tokens", 0)
                written = count("cache_creation_input_tokens", 0)
                whole = count("input_tokens", 0) + cached + written
                return Usage(whole, cached, written, count("output_tokens", 0))
            case Protocol.GEMINI:
                whole = count("promptTokenCount", 0) + count("toolUsePromptTokenCount", 0)
                said = count("candidatesTokenCount", 0) + count("thoughtsTokenCount", 0)
                return Usage(whole, count("cachedContentTokenCount", 0), 0, said)

    @property
    def measured(self) -> bool:
        """Whether the usage is all there is: it was told, and the answer came to its end."""
        needed = {
            Protocol.CHAT: "completion_tokens", Protocol.RESPONSES: "output_tokens",
            Protocol.MESSAGES: "output_tokens", Protocol.GEMINI: "promptTokenCount",
        }  # fmt: skip
        return self.ended and needed[self._protocol] in self._counts

    def data(self, text: str) -> None:
        """One event of a stream."""
        if text.strip() == DONE:
            self.understood = True
            self.ended = self.ended or self._protocol is Protocol.CHAT
            return
        try:
            event = json.loads(text)
        except (ValueError, RecursionError):
            self.garbled = True
            return
        if isinstance(event, dict):
            self._take(event)

    def whole(self, data: bytes) -> None:
        """A whole answer; Gemini streams may come as an array."""
        try:
            tree = json.loads(data)
        except (ValueError, RecursionError):
            self.garbled = True
            return
        for answer in tree if isinstance(tree, list) else [tree]:
            if isinstance(answer, dict):
                self._take(_as_event(self._protocol, answer))

    def _take(self, event: Table) -> None:
        if isinstance(error := event.get("error"), dict):
            self._fail(error)
        match self._protocol:
            case Protocol.CHAT:
                self._chat(event)
            case Protocol.RESPONSES:
                self._responses(event)
            case Protocol.MESSAGES:
                self._messages(event)
            case Protocol.GEMINI:
                self._gemini(event)

    def _chat(self, event: Table) -> None:
        choices = event.get("choices")
        if not isinstance(choices, list):
            return
        self._meet(event)
        self.ended = self.ended or any(_table(one).get("finish_reason") for one in choices)
        usage = _table(event.get("usage"))
        self._count(usage, ("prompt_tokens", "completion_tokens", "total_tokens"))
        self._details(_table(usage.get("prompt_tokens_details")))

    def _responses(self, event: Table) -> None:
        kind = event.get("type")
        if not isinstance(kind, str) or not (kind.startswith("response.") or kind == "error"):
            return
        self.understood = True
        if kind == "error":
            return self._fail(event)
        response = _table(event.get("response"))
        if response:
            self._meet(response)
        if kind in ("response.completed", "response.incomplete", "response.failed"):
            self.ended = True
        if isinstance(error := response.get("error"), dict):
            self._fail(error)
        usage = _table(response.get("usage"))
        self._count(usage, ("input_tokens", "output_tokens"))
        self._details(_table(usage.get("input_tokens_details")))

    def _messages(self, event: Table) -> None:
        kind = event.get("type")
        if kind == "message_start":
            message = _table(event.get("message"))
            self._meet(message)
            self.ended = bool(message.get("stop_reason"))
            usage = message.get("usage")
        else:
            self.understood = self.understood or kind in ("ping", "error") or "delta" in event
            self.ended = self.ended or kind == "message_stop"
            usage = event.get("usage")
        names = (
            "input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens"
        )  # fmt: skip
        self._count(_table(usage), names)

    def _gemini(self, event: Table) -> None:
        candidates = event.get("candidates")
        if (
            not isinstance(candidates, list)
            and "promptFeedback" not in event
            and "usageMetadata" not in event
        ):
            return
        self._meet(event, "modelVersion")
        blocked = _table(event.get("promptFeedback")).get("blockReason")
        rows = candidates if isinstance(candidates, list) else []
        self.ended = self.ended or bool(blocked) or any(_table(one).get("finishReason") for one in rows)
        names = (
            "promptTokenCount", "cachedContentTokenCount", "candidatesTokenCount", "thoughtsTokenCount",
            "toolUsePromptTokenCount",
        )  # fmt: skip
        self._count(_table(event.get("usageMetadata")), names)

    def _meet(self, table: Table, name: str = "model") -> None:
        self.understood = True
        if isinstance(model := table.get(name), str) and model:
            self.model = model

    def _fail(self, error: Table) -> None:
        kind = next((error[name] for name in ("type", "code", "status") if error.get(name)), "error")
        self.error = str(kind)[:100]

    def _count(self, usage: Table, names: Sequence[str]) -> None:
        """Counts are cumulative: the newest one stands."""
        for name in names:
            if (number := _tokens(usage.get(name))) is not None:
                self._counts[name] = number

    def _details(self, details: Table) -> None:
        for name, ours in (("cached_tokens", "cached"), ("cache_write_tokens", "written")):
            if (number := _tokens(details.get(name))) is not None:
                self._counts[ours] = number


def is_usage_alone(text: str) -> bool:
    """Whether this event of a chat stream is the extra one that `include_usage` asks for."""
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(event, dict) and event.get("choices") == [] and isinstance(event.get("usage"), dict)


def _as_event(protocol: Protocol, answer: Table) -> Table:
    """A whole answer in the shape of the event that would have brought it."""
    if protocol is Protocol.RESPONSES and answer.get("object") == "response":
        return {"type": f"response.{answer.get('status')}", "response": answer}
    if protocol is Protocol.MESSAGES and answer.get("type") == "message":
        return {"type": "message_start", "message": answer}
    return answer


def _table(value: object) -> Table:
    return value if isinstance(value, dict) else {}


def _tokens(value: object) -> int | None:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= TOKENS_MAX
    return value if good and isinstance(value, int) else None
