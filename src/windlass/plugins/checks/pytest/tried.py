"""Hand faults to `attempts.py` in the sandbox, and read what it wrote. What it wrote may be forged."""

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from windlass import verify

Fate = verify.evaluation.Fate

ATTEMPTS: Final = Path(__file__).with_name("attempts.py").read_text()
OUTPUT: Final = "attempts.jsonl"
WORD_MAX: Final = 100_000
"""Characters of one argument; the system takes 128 KiB."""
PACKED_MAX: Final = 1_000_000
"""Of all arguments together; the system takes 2 MiB with the environment."""
_NONE: Final = 5
"""pytest's exit code where no test was collected."""


def words(attempts: Sequence[verify.evaluation.Attempt]) -> list[str]:
    """Attempts as arguments; raises ValueError where they are too many for one command line."""
    names: dict[str, int] = {}
    told = [
        {
            "path": one.mutant.path if one.mutant else "", "first": one.mutant.first if one.mutant else 0,
            "last": one.mutant.last if one.mutant else 0, "new": one.mutant.new if one.mutant else "",
            "tests": [names.setdefault(test, len(names)) for test in one.tests],
            "cpu_s": one.cpu_s, "wall_s": one.wall_s,
        }
        for one in attempts
    ]  # fmt: skip
    document = json.dumps({"names": list(names), "attempts": told}, separators=(",", ":"))
    packed = base64.b85encode(zlib.compress(document.encode(), 6)).decode()
    if len(packed) > PACKED_MAX:
        raise ValueError(f"{len(attempts)} attempts do not fit on a command line")
    parts = [packed[at : at + WORD_MAX] for at in range(0, len(packed), WORD_MAX)]
    return [str(len(parts)), *parts]


def parse_attempts(content: bytes, count: int) -> list[verify.evaluation.Attempted]:
    """What became of so many attempts; of those without a line nothing is known."""
    found = [verify.evaluation.Attempted(Fate.NOT_TRIED)] * count
    for line in content.splitlines()[:count]:
        try:
            told = json.loads(line)
            found[int(told["number"])] = _attempted(told)
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError, OverflowError):
            continue  # It was cut off, or is none of ours.
    return found


def _attempted(told: Mapping[str, Any]) -> verify.evaluation.Attempted:
    if told.get("invalid"):
        return verify.evaluation.Attempted(Fate.UNCLEAR, why="it is no Python for the project's interpreter")
    code, failed = told["code"], str(told.get("failed") or "")
    fate, why = Fate.KILLED, "" if failed else f"pytest ended with {code}"
    if code is None:
        fate, why = (Fate.NOT_TRIED, "") if told.get("cut") else (Fate.TIMED_OUT, "it did not end in time")
    elif code == 0:
        fate, why = Fate.SURVIVED, ""
    elif code == _NONE or told.get("alone") is False:
        fate, why = Fate.UNCLEAR, "its tests do not pass without it when they run alone"
    first = told.get("failed_s")
    return verify.evaluation.Attempted(
        fate, _count(told.get("tests", 0)), _seconds(told.get("tests_s", 0.0)), _seconds(told["seconds"]),
        failed, None if first is None else _seconds(first), why,
        {str(test): _seconds(took) for test, took in told.get("each", {}).items()},
    )  # fmt: skip


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("no number of tests")
    return value


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not math.isfinite(seconds):
        raise ValueError(f"{seconds} is no time")
    return min(max(seconds, 0.0), 86_400.0)
