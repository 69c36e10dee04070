"""Frames are checked when they are made, made once, and read strictly."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.contracts import ASYNCAPI, load_document
from windlass.events import Cursor, Event, Notice, Subject
from windlass.kernel import WindlassError
from windlass.web.frames import HINTS, BadFrame, Frames, Wanted, signal
from windlass.web.messages import Messages

MESSAGES = Messages(load_document(ASYNCAPI).tree)
NOW = 1_800_000_000.25


@pytest.fixture
def frames() -> Frames:
    return Frames(MESSAGES)


def notice(kind: str = "node.started", **data: object) -> Notice:
    return Notice(Cursor(3, 14), Event(14, NOW, "ann", kind, Subject(1, task=2), data or {"pid": 7}))


def test_an_event_is_told_with_all_its_parts(frames: Frames) -> None:
    assert json.loads(frames.event(notice())) == {
        "type": "event", "id": "3.14", "at": "2027-01-15T08:00:00.250Z", "kind": "node.started",
        "actor": "ann", "repository": 1, "item": None, "task": 2, "fence": None, "data": {"pid": 7},
    }  # fmt: skip


def test_an_event_is_made_once_for_everybody(frames: Frames) -> None:
    one = notice()
    assert frames.event(one) is frames.event(one)
    assert frames.sse(one) is frames.sse(one)
    assert frames.sse(one) == b"id: 3.14\ndata: " + frames.event(one) + b"\n\n"


def test_line_breaks_stay_inside_one_data_line(frames: Frames) -> None:
    told = frames.sse(notice("cycle.finished", text="a\nb\r\nc\u2028d\x85"))
    assert told.count(b"\n") == 3
    assert b"\r" not in told


def test_half_a_surrogate_pair_does_no_harm(frames: Frames) -> None:
    assert json.loads(frames.event(notice("cycle.finished", text="a\udc80")))["data"] == {"text": "a?"}


def test_a_kind_or_data_outside_the_contract_is_told_without_data_and_logged_once(
    frames: Frames, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            told = json.loads(frames.event(notice("moon.risen", height=3)))
            assert (told["type"], told["kind"], told["data"]) == ("unlisted", "moon.risen", {})
        assert json.loads(frames.event(notice(pid="seven")))["type"] == "unlisted"
    assert frames.violations == 4
    assert len(caplog.records) == 2


def test_members_that_a_newer_server_adds_are_told(frames: Frames) -> None:
    assert json.loads(frames.event(notice(pid=7, more=[1])))["data"] == {"pid": 7, "more": [1]}


def test_signals_fit_the_contract(frames: Frames) -> None:
    for made in (
        frames.hello(NOW, Cursor(), 15.0), frames.ping(NOW, Cursor()), frames.pong(NOW, Cursor()),
        *(frames.bye(NOW, Cursor(), reason) for reason in HINTS),
    ):  # fmt: skip
        message = json.loads(made)
        assert MESSAGES.problem(message["type"], message) is None


def test_a_signal_that_breaks_the_contract_is_a_bug(frames: Frames) -> None:
    with pytest.raises(WindlassError, match="breaks asyncapi"):
        frames.hello(NOW, Cursor(), 0)


def test_a_signal_on_sse_has_its_name_and_the_place() -> None:
    assert signal("ping", b"{}", Cursor(1, 2)) == b"event: ping\nid: 1.2\ndata: {}\n\n"


def test_subscribe_is_read(frames: Frames) -> None:
    text = '{"type": "subscribe", "after": "0.7", "tasks": [1, 2], "kinds": ["task."], "repository": 3}'
    assert frames.read(text) == Wanted("0.7", frozenset({1, 2}), frozenset({"task."}), 3)
    assert frames.read('{"type": "ping"}') is None


@given(st.text(max_size=60) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_nothing_else_gets_past_and_nothing_else_is_raised(text: str) -> None:
    with pytest.raises(BadFrame):
        Frames(MESSAGES).read(text)
