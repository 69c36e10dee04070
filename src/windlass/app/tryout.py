"""A tryout of an agent: one small task in the sandbox, against the scripted model behind a real meter.

No key and no network are needed, and nothing of any repository is touched.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from windlass import dispatch
from windlass.agents import Preset, Protocol
from windlass.dispatch import RUNNERS, Assignment, Runner, RunnerOutcome
from windlass.kernel import Invalid, Tools, system_clock
from windlass.meter import Account, Line, Meter, Provider, Scope, Tally
from windlass.meter import Protocol as Spoken
from windlass.sandbox import Door, Launcher, Limits, Mount, as_run, as_talk, prepare_writable
from windlass.scripted import Script, serving

FILE: Final = "greeting.txt"
BEFORE, AFTER = "helo\n", "hello\n"
FIX: Final = f"sed -i s/helo/hello/ {FILE}"
EDIT: Final = f"{FILE}\n```\n<<<<<<< SEARCH\nhelo\n=======\nhello\n>>>>>>> REPLACE\n```\n"
"""The same for agents that offer no tools, and take what the model says for an edit."""
SUBMIT: Final = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
"""A command that ends a turn of mini-swe-agent; to others it is an echo."""
MODEL: Final = "scripted"
MODEL_PORT: Final = 8701
LIMITS: Final = Limits(wall_s=900.0, output_max=64 << 20)
_MAKE: Final = (
    f"printf 'helo\\n' > {FILE} && git init -q && git add -A"
    " && git -c user.name=windlass -c user.email=windlass@localhost commit -qm start"
)
TASK: Final = Assignment(
    task=1, fence=1, attempt=1, title="Correct the greeting", instructions=f"{FILE} should say hello.",
    source="tryout", category="bug", rules=(), paths=(FILE,), findings=(), feedback="", base="0" * 40,
    branch="tryout",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tried:
    """What one task came to. `tokens` and `calls` of the model: as the meter counted them."""

    outcome: RunnerOutcome
    text: str
    seconds: float
    tokens: int
    calls: int

    @property
    def word(self) -> str:
        """How it ended, in the first word of what the runner says."""
        return self.outcome.detail.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Tryout:
    """A box with nothing in it but the task."""

    launcher: Launcher
    program: dispatch.box.Program
    preset: Preset
    place: Path

    def run(self, argv: Sequence[str], *, timeout_s: float) -> tuple[int | None, str]:
        """A program of the agent's, in its box: exit code and output."""
        with (
            self._tools({}) as tools,
            tools.talk(argv, timeout_s=timeout_s, program=self.preset.program) as it,
        ):
            it.hang_up()
            said = b""
            while part := it.receive(timeout_s):
                said += part
            ran = it.end()
        return ran.exit_code, (said + b"\n" + ran.stderr).decode("utf-8", "replace").strip()

    def work(self, script: Script, settings: Mapping[str, object]) -> Tried:
        """Let the agent do the task while the model follows a script."""
        spoken = frozenset({Spoken(self.preset.speaks)})
        tally, began = Tally(Account(0, 0, 0, "tryout")), time.monotonic()
        with serving(script) as url, Meter() as meter:
            line = Line(Provider("scripted", url, spoken), tally)
            door = Door(MODEL_PORT, partial(meter.open, line), fault=line.latest.fault)
            with self._tools({"model": door}) as tools:
                outcome = self._runner(settings, tools).work(TASK)
        spent = tally.totals()[Scope.TASK]
        text = (self.place / "tree" / FILE).read_text(errors="replace")
        return Tried(outcome, text, time.monotonic() - began, spent.tokens, spent.requests)

    def renew(self) -> None:
        """Put the file back as it was, as a new attempt has it; what the agent keeps stays."""
        (self.place / "tree" / FILE).write_text(BEFORE)

    def _runner(self, settings: Mapping[str, object], tools: Tools) -> Runner:
        kind = "acp" if self.preset.protocol is Protocol.ACP else "agent"
        made = RUNNERS.open(kind, {"preset": self.preset, "model": MODEL, **settings}, tools)
        assert isinstance(made, Runner)
        return made

    @contextmanager
    def _tools(self, doors: Mapping[str, Door]) -> Iterator[Tools]:
        tree, state = self.place / "tree", self.place / "state"
        mounts = tuple(Mount(path, str(path), writable=True) for path in (tree, state))
        path = ":".join((*self.program.path, "/usr/local/bin:/usr/bin:/bin"))
        env = {"PATH": path, "HOME": str(state / "home")}
        run = as_run(self.launcher, mounts, str(tree), env, LIMITS)
        programs = {self.preset.program: self.program.mounts}
        with as_talk(self.launcher, mounts, str(tree), env, LIMITS, doors=doors, programs=programs) as talks:
            places = {**talks.addresses, "state": str(state)}
            yield Tools(system_clock, run, _no_secret, talks, places, fault=talks.fault)


@contextmanager
def tryout(launcher: Launcher, program: dispatch.box.Program, preset: Preset, top: Path) -> Iterator[Tryout]:
    """A fresh tryout under `top`; nothing of it is left in the end. Raises Invalid where git is missing."""
    top.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=top, prefix="tryout-") as name:
        place = Path(name).resolve()
        for folder in ("tree", "state/home"):
            (place / folder).mkdir(parents=True)
        prepare_writable(place)
        made = Tryout(launcher, program, preset, place)
        with made._tools({}) as tools:
            ran = tools.run(("/bin/sh", "-c", _MAKE), timeout_s=60.0)
        if ran.exit_code != 0:
            said = ran.stderr.decode("utf-8", "replace").strip()[-300:]
            raise Invalid(f"the tryout's repository could not be made: {said}", hint="is git installed?")
        yield made


def _no_secret(name: str) -> str:
    raise Invalid(f"a tryout has no secret {name!r}")
