"""The map of what every test ran."""

import json
import zlib

import pytest

from windlass.verify.reach import pack, parse_reach

REPORT = {
    "tests": ["t.py::a", "t.py::b"], "seconds": [0.5, 0.25], "breadth": [3, 1], "opaque": ["t.py::b"],
    "loaded": {"m.py": [1]}, "ran": {"m.py": {"0x1": [2, 3], "0x3": [4]}},
    "read": {"d.txt": "0x2", "x.md": "-0x1"},
}  # fmt: skip


def test_a_map_tells_which_tests_ran_a_line() -> None:
    reach = parse_reach(pack(json.dumps(REPORT).encode()))
    assert reach is not None
    assert [reach.numbers(reach.running("m.py", lines)) for lines in ({2}, {4, 9}, {9}, None)] == [
        [0], [0, 1], [], [0, 1],
    ]  # fmt: skip
    assert reach.numbers(reach.read["x.md"]) == [0, 1]
    assert reach.running("other.py") == 0


@pytest.mark.parametrize(
    "broken",
    [
        b"", b"{", b"[]", json.dumps({**REPORT, "seconds": [1.0]}).encode(),
        json.dumps({**REPORT, "ran": {"m.py": {"x": [1]}}}).encode(), b'{"a":' * 5000,
    ],
)  # fmt: skip
def test_what_is_no_map_is_none(broken: bytes) -> None:
    assert pack(broken) == b""
    assert parse_reach(zlib.compress(broken)) is None
    assert parse_reach(broken) is None
