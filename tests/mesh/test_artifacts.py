"""What reports say; files are hostile, and what cannot be read is None."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.mesh.artifacts import agrees, covered, covers, measured

COVERAGE_JSON = json.dumps({"totals": {"percent_covered": 87.5}}).encode()
COBERTURA = b'<?xml version="1.0"?><coverage branch-rate="0" line-rate="0.875" version="7"></coverage>'
LCOV = b"SF:a\nLF:100\nLH:90\nend_of_record\nSF:b\nLF:100\nLH:85\nend_of_record\n"


@pytest.mark.parametrize("content", [COVERAGE_JSON, b"\n" + COBERTURA, LCOV])
def test_three_formats_of_coverage(content: bytes) -> None:
    assert covered(content) == 87.5


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"<coverage>", b"nonsense", b'{"totals": {"percent_covered": 101}}', b"LF:0\nLH:0",
        b'{"totals": {"percent_covered": NaN}}', b'<coverage line-rate="7">', b'{"totals": 5}',
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_report_tells_nothing(content: bytes) -> None:
    assert covered(content) is None


@given(st.binary(max_size=300))
def test_no_content_breaks_the_readers(content: bytes) -> None:
    percent, number = covered(content), measured(content, "a.b.0")
    assert percent is None or 0.0 <= percent <= 100.0
    assert number is None


def test_a_number_is_found_under_its_dotted_name() -> None:
    report = json.dumps({"runs": [{"stats": {"mean": 0.5}}], "a.b": 3, "text": "x", "yes": True}).encode()
    assert measured(report, "runs.0.stats.mean") == 0.5
    assert measured(report, "a.b") == 3
    for name in ("runs.1", "runs.0.stats", "text", "yes", "nowhere.at.all"):
        assert measured(report, name) is None


@pytest.mark.parametrize(
    ("claimed", "found", "same"),
    [(100, 110, True), (100, 150, None), (100, 250, False), (100, None, None), (0, 0, True), (0, 1, False)],
)
def test_a_measurement_agrees_differs_or_tells_nothing(
    claimed: float, found: float | None, same: bool | None
) -> None:
    assert agrees(claimed, found) is same


def test_coverage_may_be_more_and_hardly_less() -> None:
    assert covers(80, 95) is True
    assert covers(80, 79.6) is True
    assert covers(80, 79) is False
    assert covers(80, None) is None
