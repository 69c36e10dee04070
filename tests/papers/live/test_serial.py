"""Values as they are written into requests; the tables are those of the specification."""

from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.papers.live import serial
from windlass.papers.live.calls import FORM, PARTS, Body, Parameter

LIST = ["blue", "black", "brown"]
RGB = {"R": 100, "G": 200}


def parameter(where: str, style: str, explode: bool, media: str = "", reserved: bool = False) -> Parameter:
    return Parameter("color", where, True, style, explode, reserved, media, None, ())


def body(media: str, *files: str, **encoding: Any) -> Body:
    return Body(media, True, None, (), encoding, frozenset(files))


@pytest.mark.parametrize(
    ("style", "explode", "value", "written"),
    [
        ("simple", False, "blue", "blue"),
        ("simple", False, LIST, "blue,black,brown"),
        ("simple", False, RGB, "R,100,G,200"),
        ("simple", True, RGB, "R=100,G=200"),
        ("label", False, "blue", ".blue"),
        ("label", False, LIST, ".blue,black,brown"),
        ("label", True, LIST, ".blue.black.brown"),
        ("label", True, RGB, ".R=100.G=200"),
        ("matrix", False, "blue", ";color=blue"),
        ("matrix", False, LIST, ";color=blue,black,brown"),
        ("matrix", True, LIST, ";color=blue;color=black;color=brown"),
        ("matrix", True, RGB, ";R=100;G=200"),
        ("matrix", False, "", ";color"),
        ("matrix", True, ["a", ""], ";color=a;color"),
        ("matrix", True, {"a": "", "b": 1}, ";a;b=1"),
        ("simple", False, 5.0, "5"),
        ("simple", False, "a/b c?", "a%2Fb%20c%3F"),
        ("simple", False, True, "true"),
        ("simple", False, 1.5, "1.5"),
    ],
)
def test_in_a_path(style: str, explode: bool, value: Any, written: str) -> None:
    assert serial.path(parameter("path", style, explode), value) == written


@pytest.mark.parametrize("value", ["", None, [], "..", [[1]]])
def test_what_a_path_cannot_hold(value: Any) -> None:
    with pytest.raises(serial.Unwritable):
        serial.path(parameter("path", "simple", False), value)


@pytest.mark.parametrize(
    ("style", "explode", "value", "written"),
    [
        ("form", True, LIST, ["color=blue", "color=black", "color=brown"]),
        ("form", False, LIST, ["color=blue,black,brown"]),
        ("form", True, RGB, ["R=100", "G=200"]),
        ("form", False, RGB, ["color=R,100,G,200"]),
        ("spaceDelimited", False, LIST, ["color=blue%20black%20brown"]),
        ("pipeDelimited", False, LIST, ["color=blue%7Cblack%7Cbrown"]),
        ("spaceDelimited", False, RGB, ["color=R%20100%20G%20200"]),
        ("pipeDelimited", False, RGB, ["color=R%7C100%7CG%7C200"]),
        ("deepObject", True, {"a": 1, "b": {"c": [1, 2]}}, ["color[a]=1", "color[b][c]=1", "color[b][c]=2"]),
        ("form", True, "a&b=c d", ["color=a%26b%3Dc%20d"]),
        ("form", True, [], []),
    ],
)
def test_in_a_query(style: str, explode: bool, value: Any, written: list[str]) -> None:
    assert serial.query(parameter("query", style, explode), value) == written


def test_in_a_query_by_media_type_or_whole() -> None:
    assert serial.query(parameter("query", "form", True, "application/json"), RGB) == [
        "color=%7B%22R%22%3A100%2C%22G%22%3A200%7D"
    ]
    assert serial.query(parameter("query", "form", True, reserved=True), "a/b:c&d") == ["color=a/b:c%26d"]
    assert serial.query(parameter("querystring", "form", True, FORM), RGB) == ["R=100", "G=200"]


def test_in_headers_and_cookies() -> None:
    assert serial.header(parameter("header", "simple", False), LIST) == "blue,black,brown"
    assert serial.header(parameter("header", "simple", True), RGB) == "R=100,G=200"
    assert serial.header(parameter("cookie", "form", True), "a;b c") == "a%3Bb%20c"
    with pytest.raises(serial.Unwritable):
        serial.header(parameter("header", "simple", False), "a\r\nX-Evil: 1")
    for name, text in (("a b", "c"), ("a", "c\n"), ("a", "é"), ("", "")):
        with pytest.raises(serial.Unwritable):
            serial.sound(name, text)


def test_bodies() -> None:
    assert serial.body(body("application/vnd.x+json; v=1"), RGB) == (
        "application/vnd.x+json; v=1", b'{"R": 100, "G": 200}'
    )  # fmt: skip
    assert serial.body(body("*/*"), [1]) == ("application/json", b"[1]")
    assert serial.body(body(FORM), {"a": ["x y", 2], "b": {"c": 1}, "d": None}) == (
        FORM, b"a=x%20y&a=2&b=%7B%22c%22%3A%201%7D&d="
    )  # fmt: skip
    assert serial.body(body(FORM, a={"explode": False}), {"a": [1, 2]})[1] == b"a=1,2"
    assert serial.body(body("text/plain"), "word") == ("text/plain", b"word")
    with pytest.raises(serial.Unwritable):
        serial.body(body("application/xml"), {"a": 1})


def test_a_form_of_several_parts() -> None:
    media, written = serial.body(body(PARTS, "file"), {"file": "content", "note": "n", "more": {"a": 1}})
    assert media == f"{PARTS}; boundary={serial.BOUNDARY}"
    assert written.decode().split("\r\n") == [
        f"--{serial.BOUNDARY}", 'Content-Disposition: form-data; name="file"; filename="file.txt"',
        "Content-Type: application/octet-stream", "", "content",
        f"--{serial.BOUNDARY}", 'Content-Disposition: form-data; name="note"', "", "n",
        f"--{serial.BOUNDARY}", 'Content-Disposition: form-data; name="more"',
        "Content-Type: application/json", "", '{"a": 1}', f"--{serial.BOUNDARY}--", "",
    ]  # fmt: skip


def test_addresses_keep_what_is_escaped() -> None:
    assert serial.address("/a b/%20/ü") == "/a%20b/%20/%C3%BC"
    assert serial.address("/a\r\nX: 1") == "/a%0D%0AX:%201"


def test_half_a_character_is_not_written() -> None:
    half = "\ud800"
    for write in (
        lambda: serial.path(parameter("path", "simple", False), half),
        lambda: serial.query(parameter("query", "form", True), half),
        lambda: serial.query(parameter("query", "deepObject", True), {half: 1}),
        lambda: serial.header(parameter("cookie", "form", False), half),
        lambda: serial.body(body("text/plain"), half), lambda: serial.body(body(FORM), {half: half}),
        lambda: serial.body(body(PARTS), {"a": half}), lambda: serial.body(body(PARTS), {half: "a"}),
        lambda: serial.address(half),
    ):  # fmt: skip
        with pytest.raises(serial.Unwritable):
            write()
    assert serial.body(body("application/json"), half)[1] == b'"\\ud800"'


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(st.dictionaries(NAMES, st.text()), st.booleans())
def test_what_a_query_says_is_what_was_meant(value: dict[str, str], reserved: bool) -> None:
    one = parameter("query", "form", True, reserved=reserved)
    try:
        pairs = serial.query(one, value)
    except serial.Unwritable:
        assert any("\ud800" <= sign <= "\udfff" for text in value.values() for sign in text)
        return
    written = serial.address("&".join(pairs))
    assert dict(parse_qsl(written, keep_blank_values=True)) == value
    form = serial.body(body(FORM), value)[1].decode()
    assert dict(parse_qsl(form, keep_blank_values=True)) == value
