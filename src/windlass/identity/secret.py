"""Token texts: 256 random bits and a checksum behind a prefix; only their SHA-256 is ever stored. Pure."""

import hashlib
import hmac
import re
import zlib
from typing import Final

from windlass.identity.model import TokenKind, Unknown

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET_BYTES: Final = 32
BODY: Final = 43
"""Characters of base 62 that hold 256 bits."""
CHECKSUM: Final = 6
"""Characters of base 62 that hold a CRC-32, so that a scanner tells a token from a look-alike."""
TEXT_MAX: Final = 128
"""Longer texts are no tokens of ours and are not looked at."""
_TOKEN: Final = re.compile(rf"({'|'.join(kind.value for kind in TokenKind)})[0-9A-Za-z]+")


def compose(kind: TokenKind, secret: bytes) -> str:
    """The token's text for 32 random bytes."""
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a token needs {SECRET_BYTES} random bytes, not {len(secret)}")
    text = kind.value + _base62(int.from_bytes(secret, "big"), BODY)
    return text + checksum(text)


def checksum(text: str) -> str:
    """Six characters that tell a mistyped or invented token from a real one; no secret."""
    return _base62(zlib.crc32(text.encode()), CHECKSUM)


def kind_of(text: str) -> TokenKind:
    """Which kind of token this text looks like; Unknown when it is none, without asking the database."""
    if len(text) <= TEXT_MAX and text.isascii():
        for kind in TokenKind:
            body = text[len(kind.value) :]
            if text.startswith(kind.value) and len(body) == BODY + CHECKSUM and body.isalnum():
                if hmac.compare_digest(checksum(text[:-CHECKSUM]), text[-CHECKSUM:]):
                    return kind
                break
    raise Unknown


def digest(text: str) -> str:
    """What is stored of a secret. The secret has 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(text.encode()).hexdigest()


def redacted(text: str) -> str:
    """The text without tokens: only their prefixes stay. For messages that may quote what was sent."""
    return _TOKEN.sub(r"\1…", text)


def csrf_of(cookie: str) -> str:
    """The token that a page of this session sends with every change; useless without the cookie."""
    return hmac.new(cookie.encode(), b"windlass csrf", hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, rest = divmod(number, 62)
        digits.append(ALPHABET[rest])
    return "".join(reversed(digits))
