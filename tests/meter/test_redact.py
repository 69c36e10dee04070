"""No secret in a text: those that are known in every shape, and those that look like one."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.kernel import Invalid
from windlass.meter.redact import MARK, SECRET_MIN, Redactor

SECRET = 'k+y/"é" with spaces 123'


@pytest.mark.parametrize("shape", [SECRET, json.dumps(SECRET)[1:-1], quote(SECRET, safe=""), f"a{SECRET}b"])
def test_a_known_secret_is_found_in_its_shapes(shape: str) -> None:
    assert MARK in Redactor([SECRET]).text(f"before {shape} after")
    assert shape not in Redactor([SECRET]).text(f"before {shape} after")


@given(st.text(min_size=SECRET_MIN, max_size=40), st.binary(max_size=5), st.binary(max_size=5))
def test_a_known_secret_is_found_in_base64_wherever_it_stands(
    secret: str, before: bytes, after: bytes
) -> None:
    secret = secret.encode(errors="replace").decode()
    coded = base64.b64encode(before + secret.encode() + after).decode()
    if len(secret) >= 2 * SECRET_MIN:
        assert MARK in Redactor([secret]).text(coded)


def test_bytes_lose_the_known_secrets_and_nothing_else() -> None:
    redactor = Redactor([SECRET])
    looks = b"sk-proj-" + b"a" * 40
    assert redactor.known(looks + SECRET.encode() + b"\xff") == looks + MARK.encode() + b"\xff"
    assert Redactor().known(SECRET.encode()) == SECRET.encode()


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-" + "a" * 40, "sk-ant-api03-" + "b" * 80, "AIza" + "c" * 35,
        "ghp_" + "d" * 36,
        "github_pat_" + "e" * 60, "glpat-" + "f" * 20, "AKIA" + "G" * 16, "xoxb-1234567890-abc",
        "hf_" + "h" * 34,
        "sk_live_" + "i" * 24, "wl_pat_" + "j" * 49,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln",
        "-----BEGIN RSA PRIVATE KEY-----\\nMIIE\\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMII",
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_goes(text: str) -> None:
    told = Redactor().text(f'{{"content":"it is {text} ok"}}')
    assert MARK in told
    assert text not in told


def test_passwords_in_addresses_and_headers_go_alone() -> None:
    told = Redactor().text('clone https://ada:hunter2@host/x, "Authorization: Bearer abcdefgh12"')
    assert told == f'clone https://{MARK}@host/x, "Authorization: {MARK}"'


@pytest.mark.parametrize(
    "text",
    ["task-sk-1", "sk-short", "the AIzard", "https://host:8080/a@b", "risk-assessment-of-the-whole-project"],
)
def test_innocent_text_stays(text: str) -> None:
    assert Redactor(["a-known-secret"]).text(text) == text


def test_a_secret_that_is_too_short_to_be_found_is_refused() -> None:
    with pytest.raises(Invalid, match="fewer than 8 characters"):
        Redactor(["1234567"])
