"""Envelopes: opened with the key that signed them, and with no other."""

import json
from pathlib import Path

import pytest

from windlass.kernel import Denied, Invalid
from windlass.land.dsse import ENVELOPE_MAX, envelope, opened
from windlass.land.key import LandingKey, landing_key


@pytest.fixture
def key(tmp_path: Path) -> LandingKey:
    return landing_key(tmp_path / "keys")


def test_what_goes_in_comes_out(key: LandingKey) -> None:
    text = json.dumps(envelope(b'{"a":1}', key))
    assert opened(text, key.public.raw) == b'{"a":1}'


def test_the_framing_is_that_of_the_specification(key: LandingKey) -> None:
    # The example of DSSE's protocol.md: type and payload are framed by their lengths.
    from windlass.land import dsse

    assert dsse._framed(b"hello world") == b"DSSEv1 28 application/vnd.in-toto+json 11 hello world"


def test_another_payload_or_key_is_refused(key: LandingKey, tmp_path: Path) -> None:
    made = envelope(b"{}", key)
    with pytest.raises(Denied):
        opened(json.dumps({**made, "payload": "e30K"}), key.public.raw)
    with pytest.raises(Denied):
        opened(json.dumps(made), landing_key(tmp_path / "other").public.raw)
    with pytest.raises(Denied):
        opened(json.dumps({**made, "signatures": []}), key.public.raw)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"payload": 1, "payloadType": "x", "signatures": []}',
     '{"payload": "e30=", "payloadType": "text/plain", "signatures": []}',
     '{"payload": "!", "payloadType": "x", "signatures": []}', "[" * 100_000, "x" * (ENVELOPE_MAX + 1)],
)  # fmt: skip
def test_what_is_no_envelope_is_said_so(key: LandingKey, text: str) -> None:
    with pytest.raises(Invalid):
        opened(text, key.public.raw)
