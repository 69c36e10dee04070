"""Every protocol says the same: the same turn, whole and as a stream."""

import pytest
from tests.scripted.asking import ALL, SHELL, Spoken, events_of

from windlass.kernel import Invalid
from windlass.scripted import Call, Run, Script, tokens_of
from windlass.scripted.chat import CHAT
from windlass.scripted.gemini import GEMINI
from windlass.scripted.messages import MESSAGES
from windlass.scripted.responses import RESPONSES
from windlass.scripted.turn import answer
from windlass.scripted.wire import Dialect

LONG = "It works now, and here is why: " + "ä" * 200
SCRIPT = Script((Run("make test"), Call("bash", {"command": "ls"})), LONG)


DIALECTS = (CHAT, RESPONSES, MESSAGES, GEMINI)
BOTH = pytest.mark.parametrize(
    ("spoken", "dialect"), list(zip(ALL, DIALECTS, strict=True)), ids=[spoken.name for spoken in ALL]
)


@BOTH
@pytest.mark.parametrize("done", [0, 1, 2])
def test_stream_and_whole_say_the_same(done: int, spoken: Spoken, dialect: Dialect) -> None:
    body = spoken.body(done, SHELL, True)
    ask = dialect.read(body, spoken.path(True).partition("?")[0])
    assert (ask.model, ask.done, ask.streamed) == ("m-1", done, True)
    said = answer(SCRIPT, ask)
    whole = spoken.said(dialect.whole(ask, said))
    assert whole == [("bash", {"command": "make test"}), ("bash", {"command": "ls"}), ("text", LONG)][done]
    assert spoken.gathered(events_of(b"".join(dialect.frames(ask, said)).decode())) == whole


@BOTH
def test_usage_is_computed_from_the_texts(spoken: Spoken, dialect: Dialect) -> None:
    first = dialect.read(spoken.body(0, SHELL, False), spoken.path(False))
    later = dialect.read(spoken.body(2, SHELL, False), spoken.path(False))
    assert not first.streamed
    one, two = (spoken.usage(dialect.whole(ask, answer(SCRIPT, ask))) for ask in (first, later))
    assert one[1] == 0
    assert 0 < one[0] < two[1] < two[0]
    assert two[2] == tokens_of(LONG)


@BOTH
@pytest.mark.parametrize(
    "body", [{}, {"model": "m"}, {"model": "m", "messages": 3, "input": 3, "contents": 3}]
)
def test_what_is_no_request_is_refused(body: dict[str, object], spoken: Spoken, dialect: Dialect) -> None:
    with pytest.raises(Invalid, match=r"of the request|no model"):
        dialect.read(body, spoken.path(False))
