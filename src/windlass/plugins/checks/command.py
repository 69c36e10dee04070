"""Run a command the person configured; its exit code is the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from windlass.kernel import Invalid, Tools
from windlass.verify import Check, Outcome, Reading, Scene

NOT_FOUND, NOT_EXECUTABLE = 127, 126


@dataclass(frozen=True, slots=True)
class Settings:
    """`argv`: the program and its arguments; no shell is between."""

    argv: Sequence[str] = ()


def open(settings: Settings, tools: Tools) -> Check:
    if not settings.argv:
        raise Invalid("a command check needs argv", hint='for example argv = ["make", "test"]')
    return Command(tuple(settings.argv))


@dataclass(frozen=True, slots=True)
class Command:
    argv: tuple[str, ...]

    @property
    def role(self) -> Literal["command"]:
        return "command"

    def absent(self, scene: Scene) -> str:
        return ""

    def read(self, scene: Scene) -> Reading:
        ended = scene.start(self.argv, copy=True)
        name = " ".join(self.argv)[:80]
        if ended.exit_code in (NOT_FOUND, NOT_EXECUTABLE):
            detail = (
                f"{name}: no such program in the sandbox (name it in [verify] requirements, or by its path)"
            )
            return Reading("command", Outcome.UNKNOWN, ended.seconds, detail=detail)
        if ended.exit_code is None:
            why = ended.why()
            return Reading("command", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=why)
        outcome = Outcome.PASSED if ended.exit_code == 0 else Outcome.FAILED
        detail = "" if ended.exit_code == 0 else f"{ended.tail}\nexit code {ended.exit_code}"
        return Reading(
            "command", outcome, ended.seconds, {"exit_code": float(ended.exit_code)}, detail=detail
        )
