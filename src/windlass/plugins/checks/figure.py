"""Run a command that prints a number last; the number is a metric of the ratchet."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from windlass.kernel import Invalid, Tools
from windlass.verify import Check, Outcome, Reading, Scene

_NUMBER: Final = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?")
_TAIL: Final = 4_096


@dataclass(frozen=True, slots=True)
class Settings:
    """`argv`: the program and its arguments; no shell is between."""

    argv: Sequence[str] = ()


def open(settings: Settings, tools: Tools) -> Check:
    if not settings.argv:
        raise Invalid("a figure needs argv", hint='for example argv = ["python", "tools/size.py"]')
    return Figure(tuple(settings.argv))


@dataclass(frozen=True, slots=True)
class Figure:
    argv: tuple[str, ...]

    @property
    def role(self) -> Literal["figure"]:
        return "figure"

    def absent(self, scene: Scene) -> str:
        return ""

    def read(self, scene: Scene) -> Reading:
        ended = scene.start(self.argv, copy=True)
        name = " ".join(self.argv)[:80]
        if ended.exit_code is None:
            return Reading("figure", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=ended.why())
        if ended.exit_code != 0:
            detail = f"{name}: exit code {ended.exit_code}: {ended.tail.strip()[-300:]}"
            return Reading("figure", Outcome.UNKNOWN, ended.seconds, detail=detail)
        value = last_number(ended.stdout)
        if value is None:
            detail = f"{name}: the last line it printed is no number"
            return Reading("figure", Outcome.UNKNOWN, ended.seconds, detail=detail)
        return Reading("figure", Outcome.PASSED, ended.seconds, {"value": value})


def last_number(output: bytes) -> float | None:
    """The number that the last line with anything on it holds and nothing else, but for a unit or a %."""
    lines = [line.strip() for line in output[-_TAIL:].decode("utf-8", "replace").splitlines()]
    last = next((line for line in reversed(lines) if line), "")
    word, _, unit = last.partition(" ")
    found = _NUMBER.fullmatch(word.removesuffix("%"))
    if found is None or not re.fullmatch(r"[%A-Za-z/]{0,20}", unit.strip()):
        return None
    value = float(found[0])
    return value if math.isfinite(value) else None
