"""Durations as a person writes them on the command line."""

import re

from windlass.kernel import Invalid

_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(text: str | None) -> float | None:
    """Read `90s`, `60m`, `8h` or `1d`."""
    if text is None:
        return None
    found = _DURATION.fullmatch(text.strip())
    if not found or float(found[1]) <= 0:
        raise Invalid(f"{text!r} is not a duration", hint="write 90s, 60m, 8h or 1d")
    return float(found[1]) * _SECONDS[found[2]]
