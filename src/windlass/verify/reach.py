"""What every test ran, as one whole run of a tree recorded it: the map that tests are chosen by. Pure.

It is written by a process that ran the repository's code: bounded, and believed for the order of tests and
for what may wait, never for a verdict.
"""

import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MAP_MAX: Final = 64 * 1024 * 1024
"""Bytes of a map, unpacked."""
PACKED_MAX: Final = 8 * 1024 * 1024
"""Bytes of a map as it is kept."""
TESTS_MAX: Final = 50_000


@dataclass(frozen=True, slots=True)
class Reach:
    """`tests`: ids without parameters, in the order they ran. `seconds`: of each, with its fixtures.

    `ran`: by file, groups of lines with the tests that ran them, as bits. `loaded`: lines that ran on an
    import or before the first test. `read`: files that are no Python and were opened, by which tests; -1 for
    all. `opaque`: tests of which not everything could be followed, as they start programs.
    """

    tests: tuple[str, ...]
    seconds: tuple[float, ...]
    breadth: tuple[int, ...]
    ran: Mapping[str, tuple[tuple[int, frozenset[int]], ...]]
    loaded: Mapping[str, frozenset[int]] = field(default_factory=dict)
    read: Mapping[str, int] = field(default_factory=dict)
    opaque: frozenset[str] = frozenset()

    def running(self, path: str, lines: Collection[int] | None = None) -> int:
        """The tests that ran one of these lines of a file, or any of it, as bits."""
        bits = 0
        for tests, there in self.ran.get(path, ()):
            if lines is None or not there.isdisjoint(lines):
                bits |= tests
        return bits

    def numbers(self, bits: int) -> list[int]:
        """Which tests the bits stand for, by their place in `tests`."""
        every = (1 << len(self.tests)) - 1
        return [number for number, bit in enumerate(reversed(f"{bits & every:b}")) if bit == "1"]


def pack(report: bytes) -> bytes:
    """A recorder's report as it is kept; empty where it is no map, or too large to be one."""
    packed = zlib.compress(report, 6) if len(report) <= MAP_MAX else b""
    return packed if len(packed) <= PACKED_MAX and parse_reach(packed) is not None else b""


def parse_reach(packed: bytes) -> Reach | None:
    """Read a kept map; None for what is not one."""
    try:
        stream = zlib.decompressobj()
        told = json.loads(stream.decompress(packed, MAP_MAX))
        return _reach(told) if stream.eof else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, zlib.error):
        return None


def _reach(told: Mapping[str, Any]) -> Reach:
    tests = tuple(str(test) for test in told["tests"])
    seconds = tuple(min(max(float(one), 0.0), 86_400.0) for one in told["seconds"])
    breadth = tuple(max(0, int(one)) for one in told["breadth"])
    if not len(tests) == len(seconds) == len(breadth) or len(tests) > TESTS_MAX:
        raise ValueError("the tests of a map do not fit its seconds")
    ran = {
        str(path): tuple((int(bits, 16), _lines(lines)) for bits, lines in groups.items())
        for path, groups in told["ran"].items()
    }
    loaded = {str(path): _lines(lines) for path, lines in told["loaded"].items()}
    read = {str(path): int(bits, 16) for path, bits in told["read"].items()}
    return Reach(tests, seconds, breadth, ran, loaded, read, frozenset(str(test) for test in told["opaque"]))


def _lines(lines: Collection[Any]) -> frozenset[int]:
    return frozenset(int(line) for line in lines)
