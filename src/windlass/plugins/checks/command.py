"""Run a command; its exit code is the answer, or what its report says of every test.

An exit code that is good answers nothing where the command says that it ran no test.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from windlass import languages
from windlass.kernel import Invalid, Tools
from windlass.verify import Check, Outcome, Reading, Scene

NOT_FOUND, NOT_EXECUTABLE = 127, 126
SHOWN_MAX: Final = 120
_NONE: Final = re.compile(
    r"no tests? (ran|found|files?|to run|executed|collected|is available|were found)|collected 0 items"
    r"|ran 0 tests|running 0 tests|tests run: 0\b|\b0 (passing|examples|tests executed)|^\W*tests:? 0$"
    r"|:test NO-SOURCE",
    re.IGNORECASE | re.MULTILINE,
)
"""What pytest, unittest, go, jest, vitest, mocha, node, cargo, maven, gradle, rspec, ctest say of no test."""
_SOME: Final = re.compile(
    r"\b[1-9]\d* (tests? )?(passed|passing|failed|failing|examples?|skipped|xfailed)\b|\bran [1-9]\d* tests?"
    r"|running [1-9]\d* tests?|tests run: [1-9]|^\W*tests:? [1-9]\d*$|^> Task \S*:test$"
    r"|^ok\s+\S+\s+(\(cached\)|[\d.]+s)(?!.*\[no tests to run\])|tests passed",
    re.IGNORECASE | re.MULTILINE,
)
"""And of some, so that one empty folder of many is no matter."""
_ONE_STREAM: Final = ("/bin/sh", "-c", 'exec "$@" 2>&1', "sh")
"""Which tests are whose is told by the order of both streams."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`argv`: the program and its arguments; no shell is between. `report`: where the results of its tests
    are, as `form:path`, see `languages.reports.Source`; `coverage`: where the lines that they ran are. `env`:
    variables. `problem`: why it cannot run, where that is known before; `outside`: that is not for the tree.
    `repair`: a command that repairs in the files what this one finds; `unchosen`: by rules that the project
    has not chosen.
    """

    argv: Sequence[str] = ()
    report: str = ""
    coverage: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    outside: bool = False
    repair: Sequence[str] = ()
    unchosen: bool = False


def open(settings: Settings, tools: Tools) -> Check:
    if not settings.argv:
        raise Invalid("a command check needs argv", hint='for example argv = ["make", "test"]')
    report = languages.reports.source(settings.report) if settings.report else None
    coverage = languages.reports.lines_source(settings.coverage) if settings.coverage else None
    env = dict(settings.env)
    return Command(
        tuple(settings.argv), report, coverage, env, settings.problem, settings.outside,
        repair=tuple(settings.repair), unchosen=settings.unchosen,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    argv: tuple[str, ...]
    report: languages.reports.Source | None = None
    coverage: languages.reports.Source | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    outside: bool = False
    repair: tuple[str, ...] = ()
    unchosen: bool = False

    @property
    def role(self) -> Literal["command", "tests", "format", "lint", "types"]:
        if self.report is None:
            return "command"
        return languages.reports.ROLES.get(self.report.form, "tests")

    @property
    def whole(self) -> bool:
        """It cannot be asked for some of its tests."""
        return self.role == "tests"

    def absent(self, scene: Scene) -> str:
        return ""

    def read(self, scene: Scene) -> Reading:
        if self.problem:
            signs = scene.outside if self.outside else {}
            return Reading("command", Outcome.UNKNOWN, metrics=signs, detail=self.problem)
        one = self.report is not None and self.report.form == "cargo"
        argv = (*_ONE_STREAM, *self.argv) if one else self.argv
        asked = [source.output for source in (self.report, self.coverage) if source and source.output]
        ended = scene.start(argv, copy=True, outputs=asked, env=self.env)
        name = " ".join(self.argv)[:80]
        if ended.exit_code in (NOT_FOUND, NOT_EXECUTABLE):
            detail = (
                f"{name}: no such program in the sandbox (install it, or name it in [verify] requirements)"
            )
            return Reading("command", Outcome.UNKNOWN, ended.seconds, detail=detail)
        if ended.exit_code is None:
            why = ended.why()
            return Reading("command", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=why)
        if self.report is not None:
            return scene.told(ended, self.report, self.coverage, name)
        if ended.exit_code == 0 and (said := no_test(ended.tail)):
            detail = f"ended with exit code 0, but ran no test: {said!r}"
            return Reading("command", Outcome.UNKNOWN, ended.seconds, detail=detail)
        outcome = Outcome.PASSED if ended.exit_code == 0 else Outcome.FAILED
        detail = "" if ended.exit_code == 0 else f"{ended.tail}\n{ended.ending}"
        return Reading(
            "command", outcome, ended.seconds, {"exit_code": float(ended.exit_code)}, detail=detail
        )

    def repairs(self, scene: Scene, paths: Sequence[str]) -> list[list[str]] | None:
        """What the tool repairs by itself, by rules of the project alone."""
        if self.unchosen:
            return None
        return [list(self.repair)] if self.repair and not self.problem else []

    def repairs_new(
        self, scene: Scene, base: Scene, refused: Collection[str], *,
        added: Mapping[str, Collection[int]], was: Mapping[str, str],
    ) -> list[list[str]]:  # fmt: skip
        """All of the files with what the gate refuses: a tool that has no rules of the project's own, and
        counts by files, refuses one only where it had nothing to say before.
        """
        return [] if self.problem else [list(self.repair)]


def no_test(said: str) -> str:
    """The line by which a runner of tests says that it ran none; empty where it says no such thing, or that
    some ran.
    """
    found = None if _SOME.search(said) else _NONE.search(said)
    if found is None:
        return ""
    start, end = said.rfind("\n", 0, found.start()) + 1, said.find("\n", found.end())
    return said[start : end if end > 0 else len(said)].strip()[:SHOWN_MAX]
