"""Audit entries: one text for one event."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.events.entry import entry_text, micros
from windlass.events.verifier import check_entry

ROW = {
    "seq": 9, "at": 1_800_000_000.25, "actor": "ada", "kind": "task.claimed", "repository_id": 1,
    "item_id": None, "task_id": 3, "fence": 4, "data": '{"share":0.5}',
}  # fmt: skip


def test_an_entry_is_flat_canonical_json_with_its_position() -> None:
    text = entry_text(7, ROW)
    assert text == (
        '{"actor":"ada","at":"2027-01-15T08:00:00.250000Z","data":"{\\"share\\":0.5}","event":9,"fence":4,"item":null,'
        '"kind":"task.claimed","repository":1,"seq":7,"task":3,"v":1}'
    )
    assert list(check_entry(text, 7)) == []


def test_large_data_is_kept_as_its_hash() -> None:
    text = entry_text(0, {**ROW, "data": json.dumps({"text": "x" * 32_700})})
    assert len(text) < 400
    assert len(json.loads(text)["data_sha256"]) == 64


@given(st.text(max_size=50), st.text(max_size=50), st.floats(0, 4e9), st.integers(0, 2**53))
def test_whatever_an_event_says_its_entry_is_sound(actor: str, data: str, at: float, position: int) -> None:
    text = entry_text(position, {**ROW, "actor": actor, "at": at, "data": json.dumps({"t": data})})
    assert list(check_entry(text, position)) == []
    assert "\n" not in text


@pytest.mark.parametrize(
    ("at", "text"), [(0.0, "1970-01-01T00:00:00.000000Z"), (1e9, "2001-09-09T01:46:40.000000Z")]
)
def test_time_is_text_with_microseconds(at: float, text: str) -> None:
    assert micros(at) == text
