"""The texts of a call for its transcript: bounded first, then without secrets. Pure."""

from typing import Final

from windlass.meter.redact import Redactor

MARGIN: Final = 4_096
"""Bytes kept beyond the bound until secrets are out, so that none is cut in half and missed."""


class Capture:
    """Keeps the beginning of a text that comes in parts."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept = bytearray()
        self._size = 0

    def add(self, data: bytes) -> None:
        self._size += len(data)
        room = self._most + MARGIN - len(self._kept)
        if room > 0:
            self._kept += data[:room]

    def text(self, redactor: Redactor) -> str:
        """At most `most` characters, and how much was left out."""
        text = redactor.text(self._kept.decode(errors="replace"))
        if len(text) <= self._most and self._size <= len(self._kept):
            return text
        return f"{text[: self._most]}… [cut; {self._size} bytes in all]"
