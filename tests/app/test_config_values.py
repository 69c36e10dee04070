import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.app.config_values import (
    Complaint,
    Plug,
    database_url,
    duration,
    duration_text,
    number,
    path_problem,
    plugs,
    seconds,
    text,
    whole,
    without_password,
    words,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("250ms", 0.25),
        ("1.5h", 5400.0),
        ("2 d", 172800.0),
        ("90 s", 90.0),
        ("", None),
        ("5", None),
        ("m5", None),
        ("5m!", None),
        (300, None),
        ("-5m", None),
    ],
)
def test_durations_carry_their_unit(written, meant):
    assert seconds(written) == meant


@given(st.integers(0, 10**9))
def test_a_duration_reads_back_as_written(milliseconds):
    assert seconds(duration_text(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (whole(1), True),
        (whole(1), 0),
        (whole(1), 1.0),
        (whole(1, 3), 4),
        (whole(1), "1"),
        (number(0, 1), 1.01),
        (number(0), math.nan),
        (number(0), math.inf),
        (number(0), "x"),
        (number(0), False),
        (duration(1, 60), "2m"),
        (duration(1, 60), 30),
        (duration(1, 60), "soon"),
        (text(), 3),
        (text(), "a\0b"),
        (text("a name", pattern="[a-z]+"), "A"),
        (words("a list"), "a"),
        (words("a list"), [""]),
        (words("a list", path_problem), ["../x"]),
        (plugs("a list"), [{"name": "x"}]),
        (plugs("a list"), ["a", "a"]),
        (plugs("a list"), {"kind": "a"}),
        (plugs("a list"), [3]),
        (plugs("a list"), [{"kind": "a", "command": 'x "'}]),
        (database_url(), "mysql://h/d"),
        (database_url(), 3),
    ],
)
def test_values_out_of_bounds_are_refused(shape, value):
    with pytest.raises(Complaint):
        shape.read(value)


def test_every_fault_of_a_list_is_reported_with_its_place():
    with pytest.raises(Complaint) as caught:
        plugs("a list").read([{"name": ""}, "good", {"kind": "c", "command": ["a", 3]}])
    assert [f.at for f in caught.value.faults] == ["[0].kind", "[0].name", "[2].command[1]"]


def test_a_plug_keeps_what_only_its_kind_understands():
    (plug,) = plugs("a list").read([{"kind": "command", "command": "fix --all", "rules": ["E*"]}])
    assert plug == Plug("command", "command", plug.settings)
    assert dict(plug.settings) == {"command": "fix --all", "rules": ("E*",)}


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("postgresql://me:pw@h:1/d", "postgresql://me:***@h:1/d"),
        ("postgresql://me@h/d", "postgresql://me@h/d"),
        ("", ""),
        ("http://[", "(unreadable)"),
    ],
)
def test_a_password_is_left_out(url, safe):
    assert without_password(url) == safe
