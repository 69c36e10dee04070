"""Events out of bytes: however they are cut, the same events and the same bytes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.kernel import Invalid
from windlass.meter.sse import Event, Splitter

STREAM = (
    b"\xef\xbb\xbf: hello\n\nevent: one\ndata: {\"a\":\ndata: 1}\n\ndata:two\r\n\r\nid: 3\rdata: \xc3\xa4\r\r"
    b"retry: 5\n\n\n\ndata: [DONE]\n\n"
)  # fmt: skip
DATA = ['{"a":\n1}', "two", "ä", "[DONE]"]


def split(data: bytes, cuts: list[int]) -> list[Event]:
    splitter, found = Splitter(1_000), []
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for begin, end in pairwise(places):
        found += splitter.feed(data[begin:end])
    return found + splitter.finish()


@given(st.lists(st.integers(0, 10_000), max_size=40))
def test_any_cut_gives_the_same_events_and_every_byte(cuts: list[int]) -> None:
    events = split(STREAM, cuts)
    assert b"".join(event.raw for event in events) == STREAM
    assert [event.data for event in events if event.data is not None] == DATA
    assert [event.name for event in events if event.name] == ["one"]


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=10))
def test_no_bytes_are_lost_whatever_they_are(data: bytes, cuts: list[int]) -> None:
    events = split(data, cuts)
    assert b"".join(event.raw for event in events) == data
    assert [event.data for event in events if event.data] == [one.data for one in split(data, []) if one.data]


def test_a_last_event_without_an_empty_line_is_an_event() -> None:
    assert split(b"data: 1\n\ndata: 2", []) == [Event(b"data: 1\n\n", "", "1"), Event(b"data: 2", "", "2")]


def test_an_event_has_a_bound() -> None:
    splitter = Splitter(100)
    splitter.feed(b"data: " + b"x" * 90 + b"\n\n")
    with pytest.raises(Invalid, match="larger than 100 bytes"):
        splitter.feed(b"data: " + b"x" * 100)
