"""Usage from answers in the shapes that the providers document.

- OpenAI chat: platform.openai.com/docs/api-reference/chat/object and …/chat-streaming.
- OpenAI responses: developers.openai.com/api/reference/resources/responses, streaming events.
- Anthropic: docs.anthropic.com/en/api/messages and …/messages-streaming, prompt caching.
- Gemini: ai.google.dev/api/generate-content#UsageMetadata.
"""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windlass.meter.model import Protocol, Usage
from windlass.meter.sse import Splitter
from windlass.meter.usage import TOKENS_MAX, Reading, is_usage_alone

CHAT_WHOLE: dict[str, Any] = {
    "id": "chatcmpl-B9", "object": "chat.completion", "created": 1741570283, "model": "gpt-4.1-2025-04-14",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi", "refusal": None},
                 "logprobs": None, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1117, "completion_tokens": 46, "total_tokens": 1163,
              "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
              "completion_tokens_details": {"reasoning_tokens": 12, "audio_tokens": 0}},
    "service_tier": "default",
}  # fmt: skip
CHAT_STREAM: list[Any] = [
    {"id": "c", "object": "chat.completion.chunk", "model": "gpt-4.1", "usage": None,
     "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]},
    {"id": "c", "object": "chat.completion.chunk", "model": "gpt-4.1", "usage": None,
     "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}]},
    {"id": "c", "object": "chat.completion.chunk", "model": "gpt-4.1", "usage": None,
     "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"id": "c", "object": "chat.completion.chunk", "model": "gpt-4.1", "choices": [],
     "usage": CHAT_WHOLE["usage"]},
    "[DONE]",
]  # fmt: skip
RESPONSE: dict[str, Any] = {
    "id": "resp_67", "object": "response", "created_at": 1741476542, "status": "completed", "error": None,
    "incomplete_details": None, "model": "gpt-5.1-codex", "output": [
        {"type": "message", "id": "msg_67", "status": "completed", "role": "assistant",
         "content": [{"type": "output_text", "text": "Hi", "annotations": []}]}],
    "usage": {"input_tokens": 328, "input_tokens_details": {"cached_tokens": 256}, "output_tokens": 52,
              "output_tokens_details": {"reasoning_tokens": 40}, "total_tokens": 380},
}  # fmt: skip
RESPONSES_STREAM: list[Any] = [
    {"type": "response.created", "sequence_number": 0,
     "response": {**RESPONSE, "status": "in_progress", "output": [], "usage": None}},
    {"type": "response.output_text.delta", "sequence_number": 4, "item_id": "msg_67", "output_index": 0,
     "content_index": 0, "delta": "Hi"},
    {"type": "response.completed", "sequence_number": 9, "response": RESPONSE},
]  # fmt: skip
MESSAGE: dict[str, Any] = {
    "id": "msg_01", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn", "stop_sequence": None,
    "usage": {"input_tokens": 50, "cache_creation_input_tokens": 248, "cache_read_input_tokens": 1800,
              "cache_creation": {"ephemeral_5m_input_tokens": 248, "ephemeral_1h_input_tokens": 0},
              "output_tokens": 503, "service_tier": "standard"},
}  # fmt: skip
MESSAGES_STREAM: list[Any] = [
    {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None, "usage": {
        **MESSAGE["usage"], "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
     "usage": {"output_tokens": 503}},
    {"type": "message_stop"},
]  # fmt: skip
GEMINI_USAGE = {"promptTokenCount": 900, "cachedContentTokenCount": 600, "candidatesTokenCount": 20,
                "thoughtsTokenCount": 80, "toolUsePromptTokenCount": 10, "totalTokenCount": 1010}  # fmt: skip
GEMINI_STREAM: list[Any] = [
    {"candidates": [{"content": {"role": "model", "parts": [{"text": "H"}]}, "index": 0}],
     "usageMetadata": {"promptTokenCount": 900, "totalTokenCount": 900}, "modelVersion": "gemini-3-pro"},
    {"candidates": [{"content": {"role": "model", "parts": [{"text": "i"}]}, "index": 0,
                     "finishReason": "STOP"}],
     "usageMetadata": GEMINI_USAGE, "modelVersion": "gemini-3-pro", "responseId": "r"},
]  # fmt: skip
CASES = {
    Protocol.CHAT: (CHAT_STREAM, CHAT_WHOLE, Usage(1117, 1024, 0, 46)),
    Protocol.RESPONSES: (RESPONSES_STREAM, RESPONSE, Usage(328, 256, 0, 52)),
    Protocol.MESSAGES: (MESSAGES_STREAM, MESSAGE, Usage(2098, 1800, 248, 503)),
    Protocol.GEMINI: (GEMINI_STREAM, GEMINI_STREAM[-1], Usage(910, 600, 0, 100)),
}
EACH = pytest.mark.parametrize("protocol", list(Protocol))


def wire(events: list[Any]) -> bytes:
    return b"".join(
        b"data: " + (one if isinstance(one, str) else json.dumps(one)).encode() + b"\n\n" for one in events
    )


def read(protocol: Protocol, data: bytes, cuts: tuple[int, ...] = ()) -> Reading:
    splitter, reading = Splitter(1 << 20), Reading(protocol)
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    events = [event for begin, end in pairwise(places) for event in splitter.feed(data[begin:end])]
    for event in events + splitter.finish():
        if event.data is not None:
            reading.data(event.data)
    return reading


@EACH
def test_a_whole_answer_tells_its_usage(protocol: Protocol) -> None:
    _, whole, usage = CASES[protocol]
    reading = Reading(protocol)
    reading.whole(json.dumps(whole).encode())
    assert (reading.usage, reading.measured, reading.error) == (usage, True, "")
    assert reading.model.startswith(("gpt", "claude", "gemini"))


@EACH
@given(cuts=st.lists(st.integers(0, 100_000), max_size=60))
def test_a_stream_tells_the_same_however_it_is_cut(protocol: Protocol, cuts: list[int]) -> None:
    stream, _, usage = CASES[protocol]
    reading = read(protocol, wire(stream), tuple(cuts))
    assert (reading.usage, reading.measured, reading.garbled) == (usage, True, False)


@EACH
def test_a_stream_that_ends_early_is_never_measured(protocol: Protocol) -> None:
    stream = CASES[protocol][0]
    last = 3 if protocol is Protocol.CHAT else len(stream) - 1
    for length in range(last):
        reading = read(protocol, wire(stream[:length]))
        assert not reading.measured, length


def test_what_is_known_of_a_cut_stream_is_kept() -> None:
    assert read(Protocol.MESSAGES, wire(MESSAGES_STREAM[:4])).usage == Usage(2098, 1800, 248, 1)
    assert read(Protocol.CHAT, wire(CHAT_STREAM[:2])).usage is None


def test_thoughts_that_only_the_total_counts_are_output() -> None:
    """Gemini behind the interface of OpenAI: 102 + 758 is not 1725."""
    reading = Reading(Protocol.CHAT)
    usage = {"completion_tokens": 102, "prompt_tokens": 758, "total_tokens": 1725}
    reading.whole(json.dumps({**CHAT_WHOLE, "usage": usage}).encode())
    assert reading.usage == Usage(758, 0, 0, 967)


def test_a_gemini_stream_may_be_an_array() -> None:
    reading = Reading(Protocol.GEMINI)
    reading.whole(json.dumps(GEMINI_STREAM).encode())
    assert (reading.usage, reading.measured) == (CASES[Protocol.GEMINI][2], True)


@pytest.mark.parametrize(
    ("protocol", "event", "error"),
    [
        (Protocol.MESSAGES, {"type": "error", "error": {"type": "overloaded_error", "message": "x"}},
         "overloaded_error"),
        (Protocol.CHAT, {"error": {"message": "x", "type": "server_error", "code": None}}, "server_error"),
        (Protocol.RESPONSES, {"type": "error", "code": "rate_limit_exceeded", "message": "x"}, "error"),
        (Protocol.RESPONSES, {"type": "response.failed", "response": {**RESPONSE, "status": "failed",
         "error": {"code": "rate_limit_exceeded", "message": "x"}}}, "rate_limit_exceeded"),
        (Protocol.GEMINI, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "x"}}, "429"),
    ],
)  # fmt: skip
def test_an_error_inside_a_stream_is_named(protocol: Protocol, event: Any, error: str) -> None:
    assert read(protocol, wire([event])).error == error


@EACH
@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null", "3", '{"a":1}', "<html>"])
def test_garbage_is_not_understood(protocol: Protocol, text: str) -> None:
    reading = Reading(protocol)
    reading.data(text)
    reading.whole(text.encode())
    assert (reading.understood, reading.usage, reading.measured) == (False, None, False)


@pytest.mark.parametrize("number", [-1, 1.5, "3", True, None, TOKENS_MAX + 1, [1]])
def test_what_is_no_number_of_tokens_counts_as_unknown(number: Any) -> None:
    reading = Reading(Protocol.RESPONSES)
    reading.whole(
        json.dumps({**RESPONSE, "usage": {"input_tokens": number, "output_tokens": number}}).encode()
    )
    assert (reading.usage, reading.measured) == (None, False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["type", "choices", "usage", "message", "response", "error", "candidates", "delta",
                         "usageMetadata", "input_tokens", "prompt_tokens", "prompt_tokens_details"]),
        inner, max_size=4),
)  # fmt: skip


@EACH
@settings(max_examples=40)
@given(tree=JSON)
def test_nothing_that_a_provider_says_breaks_the_reader(protocol: Protocol, tree: Any) -> None:
    reading = Reading(protocol)
    reading.data(json.dumps(tree))
    reading.whole(json.dumps(tree).encode())
    assert reading.usage is None or reading.usage.tokens >= 0


def test_the_extra_event_of_usage_is_told_from_others() -> None:
    assert [is_usage_alone(json.dumps(one)) for one in CHAT_STREAM[:-1]] == [False, False, False, True]
    assert not is_usage_alone("[DONE]")
