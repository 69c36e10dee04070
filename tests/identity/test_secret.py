"""Token texts: unique, recognisable, and nothing else passes for one."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.identity.model import TokenKind, Unknown
from windlass.identity.secret import (
    ALPHABET,
    BODY,
    CHECKSUM,
    SECRET_BYTES,
    checksum,
    compose,
    csrf_of,
    digest,
    kind_of,
    redacted,
    same,
)

SECRETS = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)
KINDS = st.sampled_from(TokenKind)


@given(KINDS, SECRETS)
def test_a_token_is_known_by_its_prefix_and_checksum(kind, secret):
    text = compose(kind, secret)
    assert kind_of(text) is kind
    assert text.startswith(kind.value)
    assert len(text) == len(kind.value) + BODY + CHECKSUM
    assert set(text.removeprefix(kind.value)) <= set(ALPHABET)


@given(KINDS, SECRETS, SECRETS)
def test_different_secrets_give_different_texts(kind, one, other):
    assert (compose(kind, one) == compose(kind, other)) is (one == other)


@given(KINDS, SECRETS, st.data())
def test_one_wrong_character_is_noticed_without_a_database(kind, secret, data):
    text = compose(kind, secret)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(string.printable).filter(lambda c: c != text[at]))
    with pytest.raises(Unknown):
        kind_of(text[:at] + other + text[at + 1 :])


@pytest.mark.parametrize(
    "text",
    ["", " ", "wl_pat_", "Bearer", "wl_pat_" + "0" * 49, "wl_xxx_" + "0" * 49, "é" * 56, "x" * 5000,
     "wl_pat_" + "٣" * 49, "\0" * 56],
)  # fmt: skip
def test_what_is_no_token_is_unknown(text):
    with pytest.raises(Unknown) as caught:
        kind_of(text)
    assert text == "" or text.strip() == "" or text not in str(caught.value)


def test_every_refusal_reads_the_same():
    assert str(Unknown()) == "the credential is missing or not valid"
    assert Unknown().hint


def test_the_checksum_is_the_published_one():
    """Base 62 of the CRC-32, most significant first, padded with zeros: what secret scanners compute."""
    assert checksum("") == "000000"
    value = 0
    for character in checksum("123456789"):
        value = value * 62 + ALPHABET.index(character)
    assert value == 0xCBF43926, "the check value of CRC-32"


def test_a_short_secret_is_no_secret():
    with pytest.raises(ValueError, match="32 random bytes"):
        compose(TokenKind.PERSON, b"short")


def test_a_stored_digest_and_a_page_token_do_not_lead_back():
    text = compose(TokenKind.PERSON, bytes(range(32)))
    assert len(digest(text)) == 64
    assert text[8:] not in digest(text)
    assert csrf_of("cookie") != csrf_of("cookie2")
    assert same(csrf_of("cookie"), csrf_of("cookie"))
    assert not same(csrf_of("cookie"), csrf_of("cookié"))


@given(KINDS, SECRETS)
def test_texts_are_shown_without_the_tokens_they_quote(kind, secret):
    token = compose(kind, secret)
    shown = redacted(f"worker {token!r} and {token[:20]} and wl_other")
    assert token[len(kind.value) : len(kind.value) + 8] not in shown
    assert shown == f"worker '{kind.value}…' and {kind.value}… and wl_other"
