"""Read what `go test -json` prints (the stream of events of `go doc test2json`). Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from windlass.languages.reports.model import (
    RANK,
    REPORT_MAX,
    WHY_MAX,
    BadReport,
    Report,
    Told,
    duration,
    gathered,
)
from windlass.languages.reports.placing import Places

EVENTS_MAX: Final = 2_000_000
_ENDS: Final = {"pass": "passed", "fail": "failed", "skip": "skipped"}
_SAID_MAX: Final = 20
"""Lines of output of one test that are kept while it runs."""
_FRAME: Final = ("=== ", "--- ", "FAIL", "PASS", "ok  ")


@dataclass(slots=True)
class _Stream:
    """`open`: tests that have begun and not ended; `broken`: packages that failed, and why."""

    module: str
    ended: dict[str, tuple[str, float]] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    def take(self, event: dict[str, Any]) -> None:
        action, package, test = (str(event.get(key) or "") for key in ("Action", "Package", "Test"))
        place = self._place(package or str(event.get("ImportPath") or "").partition(" ")[0])
        name = f"{place}::{test}" if test else place
        if action in ("output", "build-output"):
            lines = self.said.setdefault(name, [])
            line = str(event.get("Output") or "").strip()
            if line and not line.startswith(_FRAME) and len(lines) < _SAID_MAX:
                lines.append(line[:WHY_MAX])
        elif test and action == "run":
            self.open[name] = place
        elif test and action in _ENDS:
            self.open.pop(name, None)
            before = self.ended.get(name, ("passed", 0.0))
            found = (_ENDS[action], duration(event.get("Elapsed")))
            self.ended[name] = max(before, found, key=lambda one: RANK[one[0]])  # it may run several times
        elif action in ("fail", "build-fail"):
            self.broken[place] = " ".join(self.said.get(place, ())[:2])[:WHY_MAX]

    def _place(self, package: str) -> str:
        """The folder of a package of the module; another package by its own name."""
        if package == self.module:
            return "."
        inside = bool(self.module) and package.startswith(self.module + "/")
        return package[len(self.module) + 1 :] if inside else package

    def told(self) -> Iterator[Told]:
        """A package that failed without a failed test is an error of its own: it was not built, or ended by
        itself. So is a test that never ended.
        """
        failed = {name.partition("::")[0] for name, (result, _) in self.ended.items() if result == "failed"}
        for name, (result, seconds) in self.ended.items():
            why = (self.said.get(name) or [""])[0] if result == "failed" else None
            yield name, result, seconds, why
        for name in self.open:
            yield name, "error", 0.0, "it began and never ended"
        for place, why in self.broken.items():
            if place not in failed:
                yield place or "go test", "error", 0.0, why


def parse_go(output: bytes, places: Places) -> Report:
    """Cases by `folder::Test/sub`. Lines that are no events are what tests printed past the tool; an output
    without any event is a BadReport.
    """
    if len(output) > REPORT_MAX:
        raise BadReport(f"larger than {REPORT_MAX} bytes")
    stream, events = _Stream(places.module), 0
    for line in output.splitlines():
        if not line.startswith(b"{"):
            continue
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        events += isinstance(event, dict) and "Action" in event
        if events > EVENTS_MAX:
            raise BadReport(f"more than {EVENTS_MAX} events")
        stream.take(event)
    if not events:
        raise BadReport("no events of `go test -json`")
    return gathered(stream.told(), places.files)
