"""Texts without secrets: known ones, exactly and in the shapes they take, and what looks like one. Pure."""

import base64
import json
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from windlass.kernel import Invalid
from windlass.scan import SHAPES

SECRET_MIN: Final = 8
"""Characters. A shorter secret would be found in innocent text, and could be guessed."""
MARK: Final = "[secret]"

PATTERNS: Final = (
    *(shape.pattern for shape in SHAPES),
    re.compile(r"(?<=://)[^\s/:@\"']{1,100}:[^\s/@\"']{1,200}(?=@)"),  # user:password in an address
    re.compile(r"(?<=authorization: )(?:bearer|basic) +[^\s\"']{8,}", re.I),
)


class Redactor:
    """Takes secrets out. Known ones are found as they are, in JSON, in addresses and in base64."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        """Raises Invalid for a secret that is too short to be told from other text."""
        shapes: set[str] = set()
        for secret in known:
            if len(secret) < SECRET_MIN:
                raise Invalid(f"a secret of fewer than {SECRET_MIN} characters cannot be kept out of texts")
            shapes |= {secret, json.dumps(secret)[1:-1], quote(secret, safe="")}
            # In base64 the middle of a secret looks the same whatever stands before it, in one of three ways.
            for shift in range(3):
                coded = base64.b64encode(b"\0" * shift + secret.encode()).decode().rstrip("=")
                middle = coded[4 if shift else 0 : -2]
                shapes |= {middle} if len(middle) >= SECRET_MIN else set()
        found = sorted(map(re.escape, shapes), key=len, reverse=True)
        self._known = re.compile("|".join(found)) if found else None
        self._known_bytes = re.compile("|".join(found).encode()) if found else None

    def text(self, text: str) -> str:
        """The text with a mark in place of each secret."""
        if self._known:
            text = self._known.sub(MARK, text)
        for pattern in PATTERNS:
            text = pattern.sub(MARK, text)
        return text

    def known(self, data: bytes) -> bytes:
        """The bytes without the known secrets, for what is passed on: nothing else is changed."""
        return self._known_bytes.sub(MARK.encode(), data) if self._known_bytes else data
