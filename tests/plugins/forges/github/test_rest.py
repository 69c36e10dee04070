"""The conversation with GitHub's API: bounded, never redirected, and without a word of the token."""

import socket
import threading
import time
from contextlib import suppress

import pytest
from tests.support import github

from windlass.forge import Rejected, Unreachable
from windlass.kernel import Invalid
from windlass.plugins.forges.github import parse_place
from windlass.plugins.forges.github.rest import BODY_MAX, VERSION, Rest, limited, parse_root

PULLS = f"/repos/{github.REPOSITORY}/pulls/1"


@pytest.fixture
def hub(tmp_path):
    with github.serving(tmp_path) as served:
        yield served


def rest(root: str, token: str = github.TOKEN, timeout_s: float = 5.0) -> Rest:
    return Rest(root, lambda: token, lambda: 1_000.0, timeout_s)


def test_a_question_names_its_version_and_who_asks(hub):
    assert rest(hub.root).ask("GET", f"/repos/{github.REPOSITORY}").status == 200
    head = hub.heads[-1]
    assert (head["X-GitHub-Api-Version"], head["Accept"]) == (VERSION, "application/vnd.github+json")
    assert rest(hub.root).ask("GET", PULLS).status == 404


@pytest.mark.parametrize(
    ("status", "headers", "after_s"),
    [
        (429, {"retry-after": "77"}, 77.0),
        (403, {"retry-after": "30"}, 30.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1900"}, 900.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "10"}, 1.0),
        (429, {}, 60.0),
        (429, {"retry-after": "soon"}, 60.0),
        (429, {"retry-after": "Thu, 01 Jan 1970 00:17:40 GMT"}, 60.0),
        (503, {"retry-after": "5"}, 5.0),
        (500, {}, 0.0),
        (502, {}, 0.0),
    ],
)
def test_a_limit_says_when_to_ask_again(hub, status, headers, after_s):
    hub.answers.append((status, headers, b'{"message": "no"}'))
    with pytest.raises(Unreachable) as found:
        rest(hub.root).ask("GET", PULLS)
    assert found.value.after_s == after_s


def test_a_secondary_limit_is_known_by_its_words():
    assert limited(403, {}, "You have exceeded a secondary rate limit", 0.0) == 60.0
    assert limited(403, {"x-ratelimit-remaining": "12"}, "Resource not accessible", 0.0) is None
    assert limited(200, {"retry-after": "5"}, "", 0.0) is None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(hub, tmp_path, status):
    with github.serving(tmp_path) as other:
        hub.answers.append((status, {"Location": f"{other.root}/x"}, b""))
        with pytest.raises(Rejected, match="it says that it is at"):
            rest(hub.root).ask("GET", PULLS)
        assert other.calls == []


def test_a_refusal_is_told_in_the_hosts_words_on_one_plain_line(hub):
    said = b'{"message": "Validation\\u001b[31m Failed", "errors": [{"message": "a\\nb"}, "c", 7]}'
    hub.answers.append((422, {}, said))
    with pytest.raises(Rejected, match="422: Validation Failed: a b: c") as found:
        rest(hub.root).ask("POST", "/x", {"a": 1})
    assert str(found.value).isprintable()


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"<html>"),
        ({}, b"[" * 200_000),
        ({}, b"\xff\xfe"),
        ({"Content-Encoding": "gzip"}, b"\x1f\x8b"),
        ({}, b" " * (BODY_MAX + 1)),
    ],
    ids=["html", "deep", "bytes", "encoded", "long"],
)
def test_an_answer_that_is_none_is_unknown(hub, headers, body):
    hub.answers.append((200, headers, body))
    with pytest.raises(Unreachable):
        rest(hub.root).ask("GET", PULLS)


def test_the_token_is_in_no_error_and_no_shown_value(hub):
    one = rest(hub.root)
    assert github.TOKEN not in repr(one)
    hub.answers.append((422, {}, f'{{"message": "you sent {github.TOKEN}"}}'.encode()))
    with pytest.raises(Rejected) as found:
        one.ask("GET", PULLS)
    assert github.TOKEN not in str(found.value)
    with pytest.raises(Rejected, match="401: Bad credentials"):
        rest(hub.root, "other").ask("GET", PULLS)
    for token in ("", "two words", "line\nbreak", "ünïcode"):
        with pytest.raises(Invalid) as refused:
            rest(hub.root, token).ask("GET", PULLS)
        assert not token or token not in str(refused.value)


@pytest.mark.parametrize("piece", [b"", b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_host_that_hangs_or_drips_is_left_in_time(piece):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            caller, _ = server.accept()
            with caller, suppress(OSError):
                caller.sendall(piece)
                while True:
                    time.sleep(0.05)
                    caller.sendall(b"a" if piece else b"")

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(Unreachable, match="did not answer within"):
            rest(f"http://127.0.0.1:{server.getsockname()[1]}", timeout_s=0.5).ask("GET", PULLS)
        assert time.monotonic() - began < 30
    with pytest.raises(Unreachable, match="did not answer"):
        rest("http://127.0.0.1:1").ask("GET", PULLS)


@pytest.mark.parametrize("good", ["https://api.github.com/", "https://ghe.example:8443/api/v3", "http://[::1]:9"])
def test_addresses_of_apis(good):
    assert parse_root(good) == good.rstrip("/")


@pytest.mark.parametrize(
    "bad",
    ["", "http://api.github.com", "https://me:pw@host", "https://host/?x", "ftp://host", "https://[", "file:///x",
     "https://host/\x1b[31m"],
)  # fmt: skip
def test_addresses_that_are_none(bad):
    with pytest.raises(Invalid):
        parse_root(bad)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://github.com/acme/shop.git", ("github.com", "acme/shop")),
        ("https://me@GitHub.com/acme/shop/", ("github.com", "acme/shop")),
        ("git@github.com:acme/shop.git", ("github.com", "acme/shop")),
        ("ssh://git@ssh.github.com:443/acme/shop.git", ("github.com", "acme/shop")),
        ("ssh://git@ghe.example/acme/shop", ("ghe.example", "acme/shop")),
        ("/srv/shop.git", ("", "")),
        ("file:///srv/shop.git", ("", "")),
        ("https://[", ("", "")),
    ],
)
def test_where_an_address_of_git_leads(url, place):
    assert parse_place(url) == place
