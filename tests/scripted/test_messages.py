"""Anthropic messages: what is theirs alone."""

from tests.scripted.asking import MESSAGES, SHELL, events_of

from windlass.scripted import Script, tokens_of
from windlass.scripted.messages import MESSAGES as DIALECT
from windlass.scripted.turn import answer


def test_a_stream_counts_its_output_up() -> None:
    ask = DIALECT.read(MESSAGES.body(1, SHELL, True), "")
    events = events_of(b"".join(DIALECT.frames(ask, answer(Script(final="Fixed it."), ask))).decode())
    start = events[0]["message"]["usage"]
    assert start["input_tokens"] == ask.fresh
    assert start["cache_read_input_tokens"] == ask.seen > 0
    assert start["output_tokens"] == 1
    (delta,) = [event for event in events if event["type"] == "message_delta"]
    assert delta["usage"] == {"output_tokens": tokens_of("Fixed it.")}


def test_errors_have_their_own_shape() -> None:
    assert DIALECT.problem(529, "full") == {
        "type": "error", "error": {"type": "overloaded_error", "message": "full"}
    }  # fmt: skip
