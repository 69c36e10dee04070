"""Run a benchmark of the owner once: seconds by name, for a comparison of two trees.

pytest-benchmark's JSON is read where the command writes it to `{out}/benchmark.json`; of any other
command the last line it prints: a number, with ns, us, ms or s where it is not in seconds.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from windlass.kernel import Invalid, Tools
from windlass.verify import Check, Outcome, Reading, Scene

REPORT: Final = "benchmark.json"
NAMES_MAX: Final = 100
"""Benchmarks that one command may tell of."""
CALLS_MIN: Final = 100
"""Single calls from which on there is a 95th percentile of them."""
_TAIL: Final = 4_096
_TIME: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(e[-+]?\d{1,3})?\s*(ns|us|µs|ms|s|seconds?)?", re.IGNORECASE)
_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3}


@dataclass(frozen=True, slots=True)
class Settings:
    """`argv`: the program and its arguments; no shell is between."""

    argv: Sequence[str] = ()


def open(settings: Settings, tools: Tools) -> Check:
    if not settings.argv:
        hint = (
            'for example argv = ["python", "-m", "pytest", "bench", "--benchmark-json={out}/benchmark.json"]'
        )
        raise Invalid("a benchmark needs argv", hint=hint)
    return Benchmark(tuple(settings.argv))


@dataclass(frozen=True, slots=True)
class Benchmark:
    argv: tuple[str, ...]

    @property
    def role(self) -> Literal["benchmark"]:
        return "benchmark"

    def absent(self, scene: Scene) -> str:
        return ""

    def read(self, scene: Scene) -> Reading:
        """One run. Metrics: `seconds:NAME`, and `p95_ms:NAME` where single calls were timed."""
        ended = scene.start(self.argv, copy=True, outputs=(REPORT,))
        if ended.exit_code != 0:
            return Reading(
                "benchmark", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=ended.why()
            )
        report = ended.outputs.get(REPORT)
        found = last_time(ended.stdout) if report is None else parse_report(report)
        if isinstance(found, str):
            return Reading("benchmark", Outcome.UNKNOWN, ended.seconds, detail=found)
        return Reading("benchmark", Outcome.PASSED, ended.seconds, found)


def last_time(output: bytes) -> Mapping[str, float] | str:
    """The time in the last line with anything on it, or why there is none."""
    lines = [line.strip() for line in output[-_TAIL:].decode("utf-8", "replace").splitlines()]
    last = next((line for line in reversed(lines) if line), "")
    found = _TIME.fullmatch(last)
    value = float(found[1] + (found[2] or "")) * _UNITS.get((found[3] or "").lower(), 1.0) if found else 0.0
    if not 0 < value < math.inf:
        return "the last line it printed is no time above zero, and it wrote no {out}/benchmark.json"
    return {"seconds:": value}


def parse_report(content: bytes) -> Mapping[str, float] | str:
    """What pytest-benchmark measured: the median round of each benchmark; or why nothing can be read."""
    try:
        benchmarks = json.loads(content)["benchmarks"]
        if not 0 < len(benchmarks) <= NAMES_MAX:
            return f"{REPORT} tells of {len(benchmarks)} benchmarks, not of 1 to {NAMES_MAX}"
        found: dict[str, float] = {}
        for one in benchmarks:
            found |= _benchmark(str(one["fullname"])[:200], one["stats"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return f"{REPORT} cannot be read as pytest-benchmark writes it: {type(error).__name__}: {error}"
    return found


def _benchmark(name: str, stats: Mapping[str, Any]) -> dict[str, float]:
    seconds, calls = float(stats["median"]), stats.get("data") or ()
    if not 0 < seconds < math.inf:
        raise ValueError(f"the median of {name} is {seconds}")
    found = {f"seconds:{name}": seconds}
    if stats.get("iterations") == 1 and len(calls) >= CALLS_MIN:  # else a round is a mean of calls
        at = sorted(float(call) for call in calls)[math.ceil(0.95 * len(calls)) - 1]
        if 0 < at < math.inf:
            found[f"p95_ms:{name}"] = at * 1000
    return found
