"""Shapes of secrets: what a provider gives out is told from what only looks alike."""

import base64
import json

import pytest
from tests.scan.seeds import made

from windlass.scan import SHAPES, bits
from windlass.scan.shapes import checked, random

BY_RULE = {shape.rule: shape for shape in SHAPES}


def test_the_checksum_is_the_providers_own() -> None:
    assert checked("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")  # published as an example, long revoked
    assert not checked("ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18")
    assert not checked("ghp_" + "a" * 36)


@pytest.mark.parametrize("rule", BY_RULE)
def test_every_shape_proves_what_is_made_like_it(rule: str) -> None:
    shape = BY_RULE[rule]
    secret = made(rule, seed=7)
    found = shape.pattern.search(f"x = '{secret}'\n")
    assert found is not None
    assert found[0] == secret
    assert shape.hint in secret
    assert shape.proves(secret)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("aws-key", "AKIAIOSFODNN7EXAMPLE"), ("aws-key", "AKIA0000111122223333"),
        ("google-key", "AIza" + "x" * 35),
        ("openai-key", "sk-" + "a" * 48), ("stripe-key", "sk_live_" + "0" * 24),
        ("npm-token", "npm_" + "b" * 36),
        ("web-token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0."),
        ("slack-token", "xoxb-your-token-here"),
        ("github-pat", "github_pat_" + "e" * 60), ("pypi-token", "pypi-" + "c" * 80),
        ("private-key", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----"),
        ("private-key", 'if "-----BEGIN RSA PRIVATE KEY-----" in text:'),
    ],
)  # fmt: skip
def test_what_people_write_in_examples_is_proved_by_none(rule: str, text: str) -> None:
    assert not BY_RULE[rule].proves(text)


@pytest.mark.parametrize("seed", range(12))
def test_a_key_is_read_however_it_is_written(seed: int) -> None:
    key, split = made("private-key", seed), "\\n' +\n    '"
    for text in (key, key.replace("\n", "\\n"), key.replace("\n", split), key.replace("\n", "\r\n")):
        assert BY_RULE["private-key"].proves(text)


def test_headers_that_are_hostile_prove_nothing() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 100_000).decode()
    assert not BY_RULE["web-token"].proves(f"eyJ{deep}.eyJ.{'a' * 43}")
    told = base64.urlsafe_b64encode(json.dumps([1]).encode()).decode()
    assert not BY_RULE["web-token"].proves(f"{told}.eyJ.{'a' * 43}")


def test_entropy_is_that_of_its_letters() -> None:
    assert bits("aaaa") == 0
    assert bits("abab") == 1
    assert random("q8Zr2LkV0pXw7NtB")
    assert not random("aaaaaaaaaaaaaaab")
