"""OpenAI chat completions: what is theirs alone."""

from tests.scripted.asking import CHAT, SHELL, events_of

from windlass.scripted import Script
from windlass.scripted.chat import CHAT as DIALECT
from windlass.scripted.turn import answer


def test_a_stream_tells_usage_only_when_asked() -> None:
    asked = {**CHAT.body(0, SHELL, True), "stream_options": {"include_usage": True}}
    for body, told in ((CHAT.body(0, SHELL, True), False), (asked, True)):
        ask = DIALECT.read(body, "")
        *events, last, _ = events_of(b"".join(DIALECT.frames(ask, answer(Script(), ask))).decode())
        assert ("usage" in last and last["choices"] == []) is told
        assert all(("usage" in event) is told for event in events)
