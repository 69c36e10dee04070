"""The Host and Origin rule, as a table."""

import pytest

from windlass.identity import served_names, trusted

LOCAL = served_names("127.0.0.1", 7717)
NAMED = served_names("0.0.0.0", 443, ["windlass.example.org", "other.example.org:*"])


@pytest.mark.parametrize(
    ("host", "origin", "allowed", "good"),
    [
        ("127.0.0.1:7717", None, LOCAL, True),
        ("localhost:7717", None, LOCAL, True),
        ("LocalHost:7717", None, LOCAL, True),
        ("[::1]:7717", None, LOCAL, True),
        ("127.0.0.1:7717", "http://localhost:7717", LOCAL, True),
        ("127.0.0.1:7717", "https://localhost:7717", LOCAL, True),
        (None, None, LOCAL, False),
        ("", None, LOCAL, False),
        ("127.0.0.1", None, LOCAL, False),
        ("127.0.0.1:80", None, LOCAL, False),
        ("127.0.0.1:77170", None, LOCAL, False),
        ("localhost.:7717", None, LOCAL, False),
        ("evil.example:7717", None, LOCAL, False),
        ("localhost.evil.example:7717", None, LOCAL, False),
        ("localhost:7717@evil.example", None, LOCAL, False),
        ("localhost:7717,evil.example", None, LOCAL, False),
        ("localhost:7717 ", None, LOCAL, False),
        ("localhost:7717\r\nX: y", None, LOCAL, False),
        ("127.0.0.1:7717", "null", LOCAL, False),
        ("127.0.0.1:7717", "", LOCAL, False),
        ("127.0.0.1:7717", "http://evil.example", LOCAL, False),
        ("127.0.0.1:7717", "http://localhost", LOCAL, False),
        ("127.0.0.1:7717", "http://localhost:7717.evil.example", LOCAL, False),
        ("127.0.0.1:7717", "http://localhost:7717/", LOCAL, False),
        ("127.0.0.1:7717", "http://evil@localhost:7717", LOCAL, False),
        ("127.0.0.1:7717", "file://localhost:7717", LOCAL, False),
        ("127.0.0.1:7717", "http://localhost:7717 http://evil.example", LOCAL, False),
        ("windlass.example.org", None, NAMED, True),
        ("windlass.example.org:443", "https://windlass.example.org", NAMED, True),
        ("windlass.example.org:8443", None, NAMED, False),
        ("windlass.example.org", "https://windlass.example.org:8443", NAMED, False),
        ("other.example.org:9", "http://other.example.org:1234", NAMED, True),
        ("0.0.0.0:443", None, NAMED, False),
        ("sub.windlass.example.org", None, NAMED, False),
        ("192.168.7.7:7717", None, served_names("192.168.7.7", 7717), True),
        ("[fd00::7]:7717", None, served_names("fd00::7", 7717), True),
    ],
)
def test_only_names_we_serve_are_trusted(host, origin, allowed, good):
    assert trusted(host, origin, allowed) is good


def test_nothing_is_trusted_where_nothing_is_served():
    assert not trusted("localhost", None, ())
