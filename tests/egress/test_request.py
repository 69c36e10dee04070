"""One way to write a CONNECT; every other one is refused, from its first byte where that shows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.egress.request import END, Refused, check_start, parse_connect


@pytest.mark.parametrize(
    "head",
    [
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
        b"CONNECT A.Example:443 HTTP/1.0\r\n\r\n",
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: A.example\r\nUser-Agent: x/1\r\nProxy-Connection:\r\n\r\n",
    ],
)
def test_what_honest_clients_send_is_read(head):
    check_start(head)
    assert parse_connect(head) == ("a.example", 443)


@pytest.mark.parametrize(
    "start", [b"GET ", b"PRI * HTTP/2.0", b"\x05\x01", b"\x16\x03", b"connect ", b"CONNECT\t"]
)
def test_what_cannot_become_a_connect_is_refused_at_once(start):
    with pytest.raises(Refused) as caught:
        check_start(start)
    assert caught.value.status == 405


@pytest.mark.parametrize("part", [b"", b"C", b"CONNECT", b"CONNECT a.example:443 HTTP/1.1\r"])
def test_what_may_still_become_one_is_waited_for(part):
    check_start(part)
    whole = b"CONNECT a.example:443 HTTP/1.1" + END
    assert whole.startswith(part)
    assert parse_connect(whole) == ("a.example", 443)


@pytest.mark.parametrize("data", [b"CONNECT a:1 HTTP/1.1\n\n", b"CONNECT a:1 HTTP/1.1\rX: y\r\n\r\n"])
def test_bare_line_ends_are_refused(data):
    with pytest.raises(Refused, match="CR LF"):
        check_start(data)


@given(st.binary(max_size=200))
def test_nothing_else_is_ever_read_and_nothing_breaks(data):
    with pytest.raises(Refused):
        parse_connect(data.replace(b"CONNECT", b"") + END)
