"""Read coverage and measurements from the files that a worker's own command wrote. Pure; hostile input."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

COVERAGE_SLACK: Final = 0.5
"""Percentage points between two runs that are no lie."""
SAME: Final = 0.25
"""Relative difference of a measurement that counts as the same."""
LIE: Final = 1.0
"""Relative difference from which a measurement refutes the claim; between the two nobody can tell."""
_RATE: Final = re.compile(rb'<coverage[^>]{0,2000}?\bline-rate="([0-9.]{1,20})"')


def covered(content: bytes) -> float | None:
    """Percent of lines by a coverage.py JSON report, Cobertura XML or LCOV; else None."""
    head = content.lstrip()[:1]
    if head == b"{":
        return _from_json(content)
    if head == b"<":
        found = _RATE.search(content[:100_000])
        return _percent(_number(found[1].decode()), 100.0) if found else None
    return _from_lcov(content)


def measured(content: bytes, name: str) -> float | None:
    """The number a JSON report holds under a dotted name, e.g. `claim.p99_ms` or `runs.0.stats.mean`."""
    found = _json(content)
    if isinstance(found, Mapping) and name in found:
        return _number(found[name])
    for part in name.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return _number(found)


def agrees(claimed: float, found: float | None) -> bool | None:
    """Whether a measurement bears a claim out; None when that cannot be told."""
    if found is None:
        return None
    apart = abs(found - claimed) / max(abs(claimed), 1e-12)
    if apart <= SAME:
        return True
    return False if apart > LIE else None


def covers(claimed: float, found: float | None) -> bool | None:
    """Whether the coverage is at least what was claimed, up to what runs differ."""
    return None if found is None else found >= claimed - COVERAGE_SLACK


def _from_json(content: bytes) -> float | None:
    found = _json(content)
    totals = found.get("totals") if isinstance(found, Mapping) else None
    return _percent(_number(totals.get("percent_covered")), 1.0) if isinstance(totals, Mapping) else None


def _from_lcov(content: bytes) -> float | None:
    lines = hit = 0
    for line in content.splitlines():
        key, _, value = line.partition(b":")
        if key in (b"LF", b"LH") and value.strip().isdigit() and len(value) < 12:
            lines += int(value) if key == b"LF" else 0
            hit += int(value) if key == b"LH" else 0
    return _percent(hit / lines, 100.0) if lines else None


def _percent(value: float | None, factor: float) -> float | None:
    return None if value is None or not 0 <= value * factor <= 100 else value * factor


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 1e300 else None


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
