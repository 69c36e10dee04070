"""What ACP agents report, as it was seen on the wire, and what nobody sends."""

import pytest

from windlass.agents.model import Did, End, Event, Tokens
from windlass.agents.updates import end_of, events_of, tokens_of


def update(kind: str, **more: object) -> dict[str, object]:
    return {"sessionId": "s", "update": {"sessionUpdate": kind, **more}}


def test_sayings_and_tools_are_events() -> None:
    said = update("agent_message_chunk", content={"type": "text", "text": "hi"})
    assert events_of(said) == [Event(Did.SAID, "hi")]
    assert events_of(update("tool_call", title="bash")) == [Event(Did.ACTED, "bash")]
    assert events_of(update("agent_thought_chunk", content={"type": "text", "text": "hm"})) == []


@pytest.mark.parametrize(
    "params", [None, [], {}, {"update": 1}, update("agent_message_chunk"), update("new")]
)
def test_what_is_not_known_tells_nothing(params: object) -> None:
    assert events_of(params) == []


def test_tokens_where_they_are_told() -> None:
    assert tokens_of({"usage": {"inputTokens": 3, "cachedReadTokens": 2, "outputTokens": 1}}) == Tokens(5, 1)
    gemini = {"_meta": {"quota": {"token_count": {"input_tokens": 7, "output_tokens": 2}}}}
    assert tokens_of(gemini) == Tokens(7, 2)
    assert tokens_of({"usage": {"inputTokens": True}}) == tokens_of(None) == Tokens()


@pytest.mark.parametrize(
    ("result", "end"),
    [
        ({"stopReason": "end_turn"}, End.DONE), ({"stopReason": "refusal"}, End.CANNOT),
        ({"stopReason": "max_tokens"}, End.TURNS), ({"stopReason": "cancelled"}, End.CRASHED),
        ({"stopReason": 3}, End.CRASHED), ([], End.CRASHED), (None, End.CRASHED),
    ],
)  # fmt: skip
def test_a_stop_reason_is_an_end(result: object, end: End) -> None:
    assert end_of(result) is end
