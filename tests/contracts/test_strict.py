"""Two readers never read two things."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.contracts import Malformed, parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_json_comes_back_as_it_was_sent(value):
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a":1}x', "not JSON"),
        (b"\xff", "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        ('{"a":1}'.encode("utf-16"), "not"),
        (b'{"a":1,"a":2}', "twice"),
        (b'{"x":{"a":1,"\\u0061":2}}', "twice"),
        (b"NaN", "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"1e999", "out of range"),
        (b'"\\ud800"', "surrogate"),
        (b"[" * 33 + b"]" * 33, "deeper than 32"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "deeper than 32"),
        (b"[" * 500_000, "deeper than 32"),
        (b"1" * 5000, "not JSON"),
    ],
)
def test_what_is_not_json_is_refused(text: bytes, why: str):
    with pytest.raises(Malformed, match=why):
        parse_json(text)


def test_brackets_in_texts_are_no_levels():
    text = json.dumps({"a": "[{" * 100, "b": '\\"[' * 50})
    assert parse_json(text.encode()) == json.loads(text)


def test_the_deepest_document_is_read():
    assert parse_json(b"[" * 32 + b"]" * 32)


def test_what_was_sent_is_never_repeated():
    with pytest.raises(Malformed) as caught:
        parse_json(b'{"wl_pat_secret": }')
    assert "wl_pat" not in str(caught.value)


def test_whole_floats_are_whole_numbers():
    assert [type(n) for n in parse_json(b"[1.0, 1.5, 1e300, -0.0]")] == [int, float, float, int]
