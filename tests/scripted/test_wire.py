"""Reading requests safely, and writing events."""

from typing import Any

import pytest

from windlass.kernel import Invalid
from windlass.scripted.wire import PIECE, frame, model_of, pieces, table, tables


@pytest.mark.parametrize("value", ["text", {"a": 1}, [1], [{}, None], True])
def test_a_list_of_tables_is_nothing_else(value: Any) -> None:
    with pytest.raises(Invalid, match="'tools' of the request is no list"):
        tables({"tools": value}, "tools")


def test_absent_is_empty_unless_it_is_needed() -> None:
    assert tables({"tools": None}, "tools") == tables({}, "tools") == []
    assert table({"x": 3}, "x") == table({}, "x") == {}
    with pytest.raises(Invalid):
        tables({}, "messages", needed=True)
    with pytest.raises(Invalid, match="no model"):
        model_of({"model": 3})


def test_pieces_make_the_text_again() -> None:
    text = "x" * (PIECE * 2 + 1)
    assert "".join(pieces(text)) == text
    assert len(pieces(text)) == 3
    assert pieces("") == [""]


def test_an_event_is_one_frame() -> None:
    assert frame({"a": "ä\n"}, event="x") == 'event: x\ndata: {"a":"ä\\n"}\n\n'.encode()
    assert frame("[DONE]") == b"data: [DONE]\n\n"
    assert frame({"a": "\ud800"}) == b'data: {"a":"?"}\n\n'
