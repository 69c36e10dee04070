"""Secrets of a file: where they stand, by which name they are allowed, and never what they are."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scan.seeds import PEM, made

from windlass.scan import SHAPES, find
from windlass.scan.secret import FOUND_MAX

RANDOM = "q8Zr2LkV0pXw7NtB"
TOKEN = made("github-token", 1)


@pytest.mark.parametrize("rule", [shape.rule for shape in SHAPES])
def test_a_secret_is_certain_and_is_not_repeated(rule: str) -> None:
    secret = made(rule, 3)
    (found,) = find(f"one\nkey = '{secret}'\n".encode(), "a.py")
    assert (found.rule, found.line, found.certain) == (rule, 2, True)
    assert secret[:8] not in f"{found}{found!r}"
    assert secret.startswith(found.head)


def test_the_fingerprint_is_the_secrets_own_wherever_it_stands() -> None:
    (one,), others = find(TOKEN.encode()), find(f"# words\n\nexport T={TOKEN} {TOKEN}\n{TOKEN}".encode())
    assert [other.line for other in others] == [3, 4]
    assert {other.fingerprint for other in others} == {one.fingerprint}
    assert len(one.fingerprint) == 16


@pytest.mark.parametrize("encode", [
    lambda text: base64.b64encode(text).decode(), lambda text: text.hex(),
    lambda text: base64.b64encode(base64.b64encode(b"T=" + text)).decode(),
    lambda text: base64.urlsafe_b64encode(PEM.encode()).decode(),
])  # fmt: skip
def test_what_is_encoded_is_found_under_its_line(encode) -> None:
    (found,) = find(f"a\ndata: {encode(TOKEN.encode())}\n".encode())
    assert found.line == 2
    assert found.what.endswith("encoded")
    assert found.certain


LIKELY = [
    (f"api_key: '{RANDOM}'", "a.py"), (f'{{"db_password": "{RANDOM}"}}', "a.json"),
    (f"TOKEN={RANDOM}", ".env"),
    (f"db_password: {RANDOM}", "deploy/values.yaml"),
    ("password = 'hunter2hunter2'", "a.py"),
    (f"secret: str = '{RANDOM}'", "a.py"), (f"url = 'postgres://ann:{RANDOM}@db/shop'", "a.py"),
    ("aws_secret_access_key = 'kWcrlYdKhbQlUe9sRtTzv/4mQxNpOe1JfAoW2EuX'", "a.py"),
]  # fmt: skip
CLEAN = [
    "password = os.environ['SHOP_PASSWORD']", "password = 'correct horse'",
    "api_key = 'your-api-key-goes-here'",
    "token_url = 'https://example.org/oauth/token2'",
    f"digest = '{RANDOM}'", "secret = '${VAULT_SECRET_OF_SHOP}'",
    "password = getpass()",
    "password = ''", "def api_key(self):", "secret = '<your secret>'",
    "token = 'f47ac10b-58cc-4372-a567-0e02b2c3d479'", "secret = '/run/secrets/db2'",
    "password = 'test1234'",
    "token_type = 'Bearer'", f"TOKEN={RANDOM}", "-----BEGIN PRIVATE KEY-----",
    "key = 'AKIAIOSFODNN7EXAMPLE'",
    "integrity: sha512-9Gg5vS2H8m2Jzv1Tq3rT0cX5l2Zk7E9yqg4oW8nVJ1c6p0sQbU3fRk==",
]  # fmt: skip


@pytest.mark.parametrize(("line", "path"), LIKELY)
def test_a_name_given_a_random_text_is_likely(line: str, path: str) -> None:
    (found,) = find(f"{line}\n".encode(), path)
    assert (found.rule, found.certain) == ("assigned-secret", False)


@pytest.mark.parametrize("line", CLEAN)
def test_what_only_speaks_of_secrets_is_let_be(line: str) -> None:
    assert find(line.encode(), "a.py") == []


@given(st.binary(max_size=400))
def test_no_bytes_break_it(content: bytes) -> None:
    for whole, path in (
        (content, ".env"), (b"-----BEGIN PRIVATE KEY-----" + content + b"password='" + content, "a.py"),
    ):  # fmt: skip
        found = find(whole, path)
        assert found == find(whole, path)
        assert len(found) <= FOUND_MAX
        assert all(1 <= one.line <= whole.count(b"\n") + 1 for one in found)


@pytest.mark.parametrize("unit", [
    b"token", b"eyJ", b"eyJaaaaaaaaaaaa.", b"-----BEGIN PRIVATE KEY-----", b"a" * 60 + b" ", b"password=",
    b"a" * 50 + b"://", TOKEN.encode() + b"\n",
])  # fmt: skip
def test_hostile_files_take_a_bounded_time(unit: bytes) -> None:
    began = time.process_time()
    assert len(find(unit * (200_000 // len(unit)), ".env")) <= FOUND_MAX
    assert time.process_time() - began < 30
