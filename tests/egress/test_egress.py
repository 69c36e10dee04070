"""Ways out open and close, each on a listener of its own."""

import socket

import pytest

from windlass.egress import Egress, Outcome, Policy, parse_rule
from windlass.kernel import Invalid

WAIT_S = 60.0
CONNECT = b"CONNECT allowed.example:443 HTTP/1.1\r\n\r\n"


def begun(listener):
    line = socket.create_connection(listener.getsockname(), WAIT_S)
    line.sendall(CONNECT)
    return line, line.recv(200)


def test_each_listener_is_served_by_its_own_policy(egress, listener):
    allowed = Policy((parse_rule("allowed.example:443"),))
    other = socket.create_server(("127.0.0.1", 0))
    egress.open(allowed, listener)
    egress.open(Policy(), other)
    one, said = begun(listener)
    two, refused = begun(other)
    with one, two:
        assert said.startswith(b"HTTP/1.1 200 ")
        assert refused.startswith(b"HTTP/1.1 403 ")


def test_closing_cuts_what_is_open_and_takes_nothing_more(egress, listener):
    opened = egress.open(Policy((parse_rule("allowed.example:443"),)), listener)
    line, said = begun(listener)
    assert said.startswith(b"HTTP/1.1 200 ")
    opened.close()
    opened.close()
    with line:
        assert line.recv(10) == b""
    assert [one.outcome for one in opened.passages] == [Outcome.CUT]
    assert opened.counts[Outcome.CUT] == 1


def test_leaving_closes_every_way_out(elsewhere, listener):
    with Egress(elsewhere) as egress:
        egress.open(Policy((parse_rule("allowed.example:443"),)), listener)
        line, _ = begun(listener)
    with line:
        assert line.recv(10) == b""


def test_a_socket_that_does_not_listen_is_refused(egress):
    with socket.socket() as idle, pytest.raises(Invalid, match="does not listen"):
        egress.open(Policy(), idle)
