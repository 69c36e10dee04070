"""Loopback needs nothing; any other place needs encryption, a name and tokens, and the refusal says how."""

from pathlib import Path

import pytest

from windlass.app.binding import Bind, Shield, check, parse_bind
from windlass.kernel import Denied, Invalid

TLS = Shield(Path("cert.pem"), Path("key.pem"), names=("ci.example.org",))
PROXY = Shield(proxies=("10.0.0.1",), names=("ci.example.org",))


@pytest.mark.parametrize(
    ("text", "bind"),
    [
        ("127.0.0.1:7717", Bind("127.0.0.1", 7717)), ("localhost:1", Bind("localhost", 1)),
        ("[::1]:80", Bind("::1", 80)), ("::1", Bind(":", 1)), ("0.0.0.0:0", Bind("0.0.0.0", 0)),
        ("example.org", Bind("example.org", 7717)), ("[::1]", Bind("::1", 7717)),
    ],
)  # fmt: skip
def test_addresses_are_read(text: str, bind: Bind) -> None:
    assert parse_bind(text) == bind


@pytest.mark.parametrize("text", ["", ":80", "a:b", "a:99999", "a b:80", "a:-1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="no address to listen on"):
        parse_bind(text)


def steps(bind: Bind, shield: Shield, *, tokens: int) -> str:
    """What has to be done before `bind` is allowed; empty when nothing."""
    try:
        check(bind, shield, tokens=tokens)
    except Denied as refused:
        return refused.hint
    return ""


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_needs_nothing(host: str) -> None:
    assert steps(Bind(host), Shield(), tokens=0) == ""


@pytest.mark.parametrize("shield", [TLS, PROXY], ids=["tls", "proxy"])
def test_another_place_needs_a_shield_and_a_token(shield: Shield) -> None:
    assert steps(Bind("0.0.0.0"), shield, tokens=1) == ""
    assert steps(Bind("0.0.0.0"), shield, tokens=0) != ""


def test_everything_that_is_missing_is_said_at_once_with_the_exact_step() -> None:
    with pytest.raises(Denied, match=r"does not listen on 0\.0\.0\.0:7717") as refused:
        check(Bind("0.0.0.0"), Shield(), tokens=0)
    for step in ("--tls-cert FILE", "--trusted-proxy ADDRESS", "--host NAME", "windlass token create",
                 "--bind 127.0.0.1:7717"):  # fmt: skip
        assert step in refused.value.hint


@pytest.mark.parametrize(
    ("shield", "tokens", "step"),
    [
        (TLS, 0, "token create"), (Shield(TLS.certificate, TLS.key), 1, "--host"),
        (Shield(names=("a",)), 1, "--tls-cert"),
    ],
)  # fmt: skip
def test_each_condition_holds_alone(shield: Shield, tokens: int, step: str) -> None:
    hint = steps(Bind("192.0.2.1"), shield, tokens=tokens)
    assert step in hint
    assert hint.count(";") == 1


def test_half_a_certificate_is_a_mistake_everywhere() -> None:
    with pytest.raises(Invalid, match="belong together"):
        check(Bind(), Shield(certificate=Path("cert.pem")), tokens=1)


def test_an_address_is_shown_as_a_browser_wants_it() -> None:
    assert (str(Bind("::1", 80)), str(Bind("127.0.0.1", 80))) == ("[::1]:80", "127.0.0.1:80")
