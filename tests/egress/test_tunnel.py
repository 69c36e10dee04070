"""Honest HTTPS goes through; every trick we know of does not, and each refusal says why and is told."""

import socket
import ssl
import time
from dataclasses import replace

import pytest

from windlass.egress import Limits, Outcome, Policy, parse_rule

WAIT_S = 60.0
RULES = tuple(
    parse_rule(text)
    for text in (
        "allowed.example:443", "*.sub.example:443", "two.example:443", "private.example:443",
        "mixed.example:443", "metadata.example:80", "mapped.example:443", "localhost:443", "none.example:443",
        "unknown.example:443",
    )
)  # fmt: skip
"""An owner who allows names that lead to places nobody may go."""
CONNECT = b"CONNECT allowed.example:443 HTTP/1.1\r\nHost: allowed.example:443\r\n\r\n"


def asking(target, *headers):
    return "\r\n".join([f"CONNECT {target} HTTP/1.1", *headers, "", ""]).encode("utf-8")


TRICKS = {
    "another method": b"GET http://allowed.example/ HTTP/1.1\r\nHost: allowed.example\r\n\r\n",
    "a path to this proxy itself": b"GET / HTTP/1.1\r\nHost: allowed.example\r\n\r\n",
    "POST with a body": b"POST http://allowed.example/ HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/2 by prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "SOCKS 5": b"\x05\x01\x00",
    "SOCKS 4": b"\x04\x01\x01\xbb\x5d\xb8\xd7\x0e\x00",
    "TLS to the proxy": b"\x16\x03\x01\x02\x00\x01",
    "a host that is not allowed": asking("evil.example:443"),
    "another port": asking("allowed.example:22"),
    "no port": asking("allowed.example"),
    "two ports": asking("allowed.example:443:22"),
    "a port with a sign": asking("allowed.example:+443"),
    "a port with noughts before": asking("allowed.example:00443"),
    "a port beyond": asking("allowed.example:65979"),
    "a port in other digits": asking("allowed.example:\uff14\uff14\uff13"),
    "a name of the user before": asking("allowed.example@evil.example:443"),
    "the allowed name as a user": asking("allowed.example:443@evil.example:443"),
    "a dot behind": asking("allowed.example.:443"),
    "a dot of another alphabet": asking("allowed\u3002example:443"),
    "letters of another alphabet": asking("\uff41llowed.example:443"),
    "an escaped letter": asking("%61llowed.example:443"),
    "a name inside a name": asking("allowed.example.evil.example:443"),
    "a suffix without its dot": asking("evilsub.example:443"),
    "the suffix itself": asking("sub.example:443"),
    "an address": asking("93.184.215.14:443"),
    "loopback as an address": asking("127.0.0.1:443"),
    "loopback in octal": asking("0177.0.0.1:443"),
    "loopback in hexadecimal": asking("0x7f.0.0.1:443"),
    "loopback as one number": asking("2130706433:443"),
    "loopback, shortened": asking("127.1:443"),
    "loopback of version 6": asking("[::1]:443"),
    "version 4 inside version 6": asking("[::ffff:127.0.0.1]:443"),
    "a zone": asking("[fe80::1%25eth0]:443"),
    "a nought": b"CONNECT allowed.example\0.evil.example:443 HTTP/1.1\r\n\r\n",
    "a line break in the name": b"CONNECT allowed.example:443\r\nX: HTTP/1.1\r\n\r\n",
    "a bare line feed": b"CONNECT allowed.example:443 HTTP/1.1\nHost: evil\n\n",
    "a bare carriage return": b"CONNECT allowed.example:443 HTTP/1.1\rX: y\r\n\r\n",
    "two spaces": b"CONNECT  allowed.example:443 HTTP/1.1\r\n\r\n",
    "a tab": b"CONNECT\tallowed.example:443 HTTP/1.1\r\n\r\n",
    "no version": b"CONNECT allowed.example:443\r\n\r\n",
    "another version": b"CONNECT allowed.example:443 HTTP/0.9\r\n\r\n",
    "a body told by length": asking("allowed.example:443", "Content-Length: 5") + b"hello",
    "a body in chunks": asking("allowed.example:443", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "both": asking("allowed.example:443", "Content-Length: 4", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "a folded header": asking("allowed.example:443", "X: y", " folded"),
    "a header without a name": asking("allowed.example:443", ": y"),
    "a space before the colon": asking("allowed.example:443", "Content-Length : 5"),
    "a host that differs": asking("allowed.example:443", "Host: evil.example:443"),
    "two hosts": asking("allowed.example:443", "Host: allowed.example", "Host: allowed.example"),
    "an upgrade": asking("allowed.example:443", "Upgrade: h2c"),
    "early data": CONNECT + b"\x16\x03\x01\x02",
    "a second request behind": CONNECT + asking("evil.example:443"),
    "a head too large": asking("allowed.example:443", *(f"X-{n}: {'y' * 500}" for n in range(40))),
    "too many headers": asking("allowed.example:443", *(f"X-{n}: y" for n in range(70))),
    "the proxy itself by name": asking("localhost:443"),
    "a private address behind a name": asking("private.example:443"),
    "a private address beside a public one": asking("mixed.example:443"),
    "the service for metadata": asking("metadata.example:80"),
    "loopback in another version behind a name": asking("mapped.example:443"),
}


@pytest.fixture
def way_out(egress, listener):
    return egress.open(Policy(RULES), listener)


def answer(listener, data):
    """What the proxy says to some bytes until it hangs up."""
    with socket.create_connection(listener.getsockname(), WAIT_S) as line:
        line.sendall(data)
        said = b""
        while part := line.recv(65536):
            said += part
        return said


def settled(opened, count):
    deadline = time.monotonic() + WAIT_S
    while len(opened.passages) < count and time.monotonic() < deadline:
        time.sleep(0.005)
    return opened.passages


@pytest.mark.parametrize("name", TRICKS)
def test_a_trick_is_refused_told_and_reaches_nobody(name, way_out, listener, elsewhere, server):
    said = answer(listener, TRICKS[name])
    assert said.startswith(b"HTTP/1.1 4"), said
    assert said.count(b"HTTP/1.1 ") == 1 or b"'" in said.partition(b"\r\n\r\n")[2]
    assert len(said.partition(b"\r\n\r\n")[2].strip()) > 10, "a refusal says why"
    (told,) = settled(way_out, 1)
    assert (told.outcome, told.up, told.down) == (Outcome.REFUSED, 0, 0)
    assert told.why
    assert (elsewhere.dialled, server.heard) == ([], [])


def test_honest_https_goes_through(way_out, listener, server, elsewhere):
    context = ssl.create_default_context(cafile=str(server.certificate))
    with socket.create_connection(listener.getsockname(), WAIT_S) as line:
        line.sendall(CONNECT)
        assert line.recv(200) == b"HTTP/1.1 200 Connection established\r\n\r\n"
        with context.wrap_socket(line, server_hostname="allowed.example") as inside:
            inside.sendall(b"GET / HTTP/1.1\r\nHost: allowed.example\r\n\r\n")
            said = b""
            while part := inside.recv(4096):
                said += part
    assert said.endswith(b"hello")
    (told,) = settled(way_out, 1)
    assert (told.target, told.outcome) == ("allowed.example:443", Outcome.PASSED)
    assert told.up > 100
    assert told.down > 500
    assert elsewhere.asked == ["allowed.example"]


@pytest.mark.parametrize("target", ["a.sub.example:443", "ALLOWED.example:443", "two.example:443"])
def test_other_allowed_names_go_through(target, way_out, listener, elsewhere):
    with socket.create_connection(listener.getsockname(), WAIT_S) as line:
        line.sendall(asking(target))
        assert line.recv(200).startswith(b"HTTP/1.1 200 ")
        line.sendall(b"ping")
        assert line.recv(10) == b"ping"
        line.shutdown(socket.SHUT_WR)
        assert line.recv(10) == b""
    assert settled(way_out, 1)[0].outcome is Outcome.PASSED
    assert len(elsewhere.asked) == 1, "a name is resolved once, whatever its addresses do"


def test_a_name_that_changes_its_mind_is_judged_each_time_anew(way_out, listener, elsewhere):
    """DNS rebinding: what was public is private the next time, and what is dialled is what was judged."""
    with socket.create_connection(listener.getsockname(), WAIT_S) as line:
        line.sendall(CONNECT)
        assert line.recv(200).startswith(b"HTTP/1.1 200 ")
    elsewhere.names["allowed.example"] = ["127.0.0.1"]
    assert b"leads where no agent may go" in answer(listener, CONNECT)
    assert elsewhere.dialled == ["93.184.215.14"]


@pytest.mark.parametrize(
    ("target", "why"), [("unknown.example:443", b"no such name"), ("none.example:443", b"no address")]
)
def test_a_name_without_an_address_is_told(target, why, way_out, listener):
    said = answer(listener, asking(target))
    assert said.startswith(b"HTTP/1.1 502 ")
    assert why in said
    assert settled(way_out, 1)[0].outcome is Outcome.UNREACHABLE


def test_after_a_refusal_nothing_more_is_a_request(way_out, listener, elsewhere):
    with socket.create_connection(listener.getsockname(), WAIT_S) as line:
        line.sendall(asking("evil.example:443"))
        assert line.recv(4096).startswith(b"HTTP/1.1 403 ")
        line.sendall(CONNECT)
        line.shutdown(socket.SHUT_WR)
        assert line.recv(4096) == b""
    assert len(settled(way_out, 1)) == 1
    assert elsewhere.asked == []


def bounded(egress, listener, **limits):
    return egress.open(Policy(RULES, replace(Limits(), **limits)), listener)


def test_a_slow_request_is_refused_in_time(egress, listener):
    bounded(egress, listener, head_s=0.2)
    with socket.create_connection(listener.getsockname(), WAIT_S) as line:
        line.sendall(b"CONNECT allowed.exa")
        assert line.recv(4096).startswith(b"HTTP/1.1 408 ")


def test_an_idle_tunnel_is_cut(egress, listener):
    opened = bounded(egress, listener, idle_s=0.2)
    assert answer(listener, CONNECT).startswith(b"HTTP/1.1 200 ")
    assert "nothing moved" in settled(opened, 1)[0].why


def test_a_tunnel_that_lasts_too_long_is_cut(egress, listener):
    opened = bounded(egress, listener, whole_s=0.3)
    assert answer(listener, CONNECT).startswith(b"HTTP/1.1 200 ")
    assert "longer than" in settled(opened, 1)[0].why


def test_the_bytes_of_a_lease_are_counted_over_all_its_tunnels(egress, listener):
    opened = bounded(egress, listener, bytes_max=1000)
    with socket.create_connection(listener.getsockname(), WAIT_S) as line:
        line.sendall(CONNECT)
        line.recv(200)
        line.sendall(b"x" * 2000)
        while line.recv(65536):
            pass
    assert "has spent its 1000 bytes" in settled(opened, 1)[0].why
    assert b"are spent" in answer(listener, CONNECT)


def test_connections_at_once_are_bounded(egress, listener):
    bounded(egress, listener, connections_max=1)
    with socket.create_connection(listener.getsockname(), WAIT_S) as first:
        first.sendall(CONNECT)
        assert first.recv(200).startswith(b"HTTP/1.1 200 ")
        assert answer(listener, CONNECT).startswith(b"HTTP/1.1 429 ")


def test_what_is_told_is_bounded_and_the_rest_is_counted(egress, listener):
    told = []
    policy = Policy((), replace(Limits(), passages_max=2), told.append)
    opened = egress.open(policy, listener)
    for _ in range(4):
        answer(listener, CONNECT)
    deadline = time.monotonic() + WAIT_S
    while opened.counts[Outcome.REFUSED] < 4 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert opened.counts[Outcome.REFUSED] == 4
    assert len(opened.passages) == len(told) == 2
