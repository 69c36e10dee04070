"""Server-sent events out of bytes, however these were cut (html.spec.whatwg.org, 9.2.6). Pure.

The raw bytes of each event are kept, so that a stream can be passed on exactly as it came.
"""

import re
from dataclasses import dataclass
from typing import Final

from windlass.kernel import Invalid

_END: Final = re.compile(rb"(?:\r\n|\n|\r(?=[^\n])){2}")
"""An empty line. A carriage return at the very end may still get its line feed, so it ends nothing yet."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `data` is None where it has none, as comments have."""

    raw: bytes
    name: str
    data: str | None


class Splitter:
    """Feed it bytes, take events. Raises Invalid when one event grows larger than `event_max` bytes."""

    def __init__(self, event_max: int) -> None:
        self._max = event_max
        self._rest = bytearray()
        self._looked = 0

    def feed(self, data: bytes) -> list[Event]:
        self._rest += data
        found, begin = [], 0
        while end := _END.search(self._rest, max(begin, self._looked)):
            found.append(_event(bytes(self._rest[begin : end.end()])))
            begin = self._looked = end.end()
        del self._rest[:begin]
        self._looked = max(0, len(self._rest) - 4)
        if len(self._rest) > self._max:
            raise Invalid(f"an event of the stream is larger than {self._max} bytes")
        return found

    def finish(self) -> list[Event]:
        """What is left when the stream ends without a last empty line."""
        left, self._rest = bytes(self._rest), bytearray()
        return [_event(left)] if left else []


def _event(raw: bytes) -> Event:
    name, data = "", []
    for line in re.split(rb"\r\n|\n|\r", raw):
        field, _, value = line.removeprefix(b"\xef\xbb\xbf").partition(b":")
        if field == b"event":
            name = value.removeprefix(b" ").decode(errors="replace")
        elif field == b"data":
            data.append(value.removeprefix(b" ").decode(errors="replace"))
    return Event(raw, name, "\n".join(data) if data else None)
