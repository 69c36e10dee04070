"""YAML and JSON as two readers would read them alike, or not at all."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.papers.text import DEPTH_MAX, Unreadable, read

YAML = """a: 1
b: {c: [x, "2", no, 2020-01-01, 0x1f, .5, 1e3, ~]}
200: !!str 7
"""


def test_yaml_is_read_as_its_core_schema_has_it() -> None:
    paper = read("a.yaml", YAML.encode())
    assert paper.value == {
        "a": 1,
        "b": {"c": ["x", "2", "no", "2020-01-01", 31, 0.5, 1000.0, None]},
        "200": "7",
    }


def test_every_place_has_a_line() -> None:
    paper = read("a.yaml", YAML.encode())
    assert [paper.line(steps) for steps in ((), ("a",), ("b", "c", 3), ("200",), ("b", "gone"))] == [
        1,
        1,
        2,
        3,
        2,
    ]
    assert read("a.json", b'{\n "a": [\n  1]}').line(("a", 0)) == 3
    assert read("a.json", b'{"a": "\\ud83d\\ude00"}').line(("a",)) in (0, 1)


def test_keys_that_stand_twice_are_told() -> None:
    assert read("a.yaml", b"a: 1\nb:\n  c: 1\n  c: 2\n").twice == ((("b", "c"), 4),)
    assert read("a.json", b'{"a": {"b": 1, "b": 2}}').twice == ((("b",), 0),)
    assert read("a.yaml", b"200: a\n'200': b\n").twice == ((("200",), 2),)


def test_aliases_and_merges_are_what_they_stand_for() -> None:
    paper = read("a.yaml", b"a: &x {b: 1, c: 2}\nd: *x\ne: {<<: *x, b: 3}\n")
    assert paper.value == {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 2}, "e": {"b": 3, "c": 2}}


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.yaml", b"a: &x [*x]", "stands in what it stands for"),
        ("a.yaml", b"a: *x", "or for nothing"),
        ("a.yaml", b"a: !!python/object:os.system x", "a tag of its own"),
        ("a.yaml", b"a: !include x", "a tag of its own"),
        ("a.yaml", b"[a, b]: c", "a key is no plain text"),
        ("a.yaml", b"a: 1\n---\nb: 2", "more than one document"),
        ("a.yaml", b"a: [", "no YAML"),
        ("a.yaml", b"a: \x01", "no YAML"),
        ("a.yaml", b"\xff", "not UTF-8"),
        ("a.yaml", b"[" * (DEPTH_MAX + 1), "deeper than"),
        ("a.json", b"[" * 100_000, "deeper than"),
        ("a.json", b'{"a": NaN}', "no JSON that everybody"),
        ("a.json", b'{"a": ' + b"9" * 10_000 + b"}", "no JSON that everybody"),
        ("a.json", b"{'a': 1}", "no JSON"),
    ],
)
def test_what_two_readers_read_differently_is_refused(name: str, content: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(name, content)


def test_aliases_count_for_what_they_stand_for() -> None:
    lines = ["&a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"&a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(Unreadable, match="stands for more than"):
        read("a.yaml", "\n".join(f"- {line}" for line in lines).encode())


def test_what_is_made_to_take_long_is_read_soon() -> None:
    began = time.monotonic()
    for content in (
        b"{" + b",".join(b'"a":1' for _ in range(200_000)) + b"}",
        b"[" * 151 + b'\\"' * 300_000, b'"' * 300_000 + b"[" * 151,
    ):  # fmt: skip
        with suppress(Unreadable):
            read("a.json", content)
    assert time.monotonic() - began < 2
    assert read("a.json", b"[" * DEPTH_MAX + b"]" * DEPTH_MAX).value
    with pytest.raises(Unreadable, match="deeper than"):
        read("a.json", b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1))


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.none() | st.booleans() | st.integers() | st.text() | FLOATS


@given(
    st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30),
    st.sampled_from([None, 1]),
)
def test_json_is_what_it_says(value: object, indent: int | None) -> None:
    assert read("a.json", json.dumps(value, indent=indent).encode()).value == value
