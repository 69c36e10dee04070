"""Any program as a runner: it gets the task as JSON and the attempt's files as its working directory.

The task comes on standard input and as the file named by WINDLASS_TASK. The exit code is a hint: what
counts is
the tree, unless the program's last line of output is a JSON object such as
`{"outcome": "cannot", "detail": "needs a decision"}` (outcome: changed, nothing, cannot or failed).
"""

import json
import shlex
from dataclasses import dataclass
from typing import Final

from windlass.dispatch import Assignment, Ending, Offer, Runner, RunnerOutcome
from windlass.kernel import Invalid, Ran, Tools

DETAIL_MAX: Final = 1_000
VERDICT_MAX: Final = 20_000
"""Bytes of the last line that are read as a verdict."""
NOT_STARTED: Final = (126, 127)


@dataclass(frozen=True, slots=True)
class Settings:
    """`command`: a shell-like line or a list of words. `sources`, `rules`, `categories`: what it takes;
    empty: all.

    A rule that ends in `*` stands for every rule that begins so. `env` is added to the sandbox's environment.
    """

    command: str | list[str] | tuple[str, ...]
    sources: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    timeout_s: float = 1800.0
    env: tuple[tuple[str, str], ...] = ()


def open(settings: Settings, tools: Tools) -> Runner:
    words = shlex.split(settings.command) if isinstance(settings.command, str) else list(settings.command)
    if not words or settings.timeout_s <= 0:
        raise Invalid(
            "runner 'command' needs a command and a timeout above 0", hint='command = "fix-it --fast"'
        )
    return Command(settings, tuple(words), tools)


@dataclass(frozen=True, slots=True)
class Command:
    settings: Settings
    words: tuple[str, ...]
    tools: Tools

    def accepts(self, offer: Offer) -> bool:
        return offer.fits(self.settings.sources, self.settings.rules, self.settings.categories)

    def work(self, assignment: Assignment) -> RunnerOutcome:
        ran = self.tools.run(
            self.words, timeout_s=self.settings.timeout_s, stdin=assignment.dump().encode(),
            env=dict(self.settings.env),
        )  # fmt: skip
        if ran.exit_code is None:
            return RunnerOutcome(
                Ending.FAILED, f"{self.words[0]!r} ran longer than {self.settings.timeout_s:g} s"
            )
        if verdict := parse_verdict(ran.stdout):
            return verdict
        if ran.exit_code in NOT_STARTED:
            return RunnerOutcome(Ending.FAILED, f"{self.words[0]!r} could not be started: {_said(ran)}")
        changed = self._changed()
        if ran.exit_code == 0:
            return RunnerOutcome(Ending.CHANGED if changed else Ending.NOTHING)
        detail = f"{self.words[0]!r} ended with {ran.exit_code}: {_said(ran)}"
        return RunnerOutcome(Ending.CHANGED if changed else Ending.FAILED, detail)

    def _changed(self) -> bool:
        """A first look with the attempt's own git; the control plane looks again at what was really left."""
        status = ("git", "-c", "core.fsmonitor=false", "status", "--porcelain", "-z", "--no-renames")
        ran = self.tools.run(status, timeout_s=self.settings.timeout_s)
        return bool(ran.stdout) or ran.exit_code != 0


def parse_verdict(stdout: bytes) -> RunnerOutcome | None:
    """The verdict on the last line that is not empty, or None when there is none."""
    last = stdout.rstrip()[-VERDICT_MAX:].rsplit(b"\n", 1)[-1].strip()
    if not last.startswith(b"{"):
        return None
    try:
        table = json.loads(last)
        return RunnerOutcome(Ending(table["outcome"]), str(table.get("detail", ""))[:DETAIL_MAX])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _said(ran: Ran) -> str:
    return (ran.stderr or ran.stdout).decode("utf-8", "replace").strip()[-DETAIL_MAX:]
