"""Whether an agent works here, step by step and on bad days of its model; and how to mend what fails."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from windlass.agents import Origin, Preset, Protocol
from windlass.app.doctor import State
from windlass.app.home import Home
from windlass.app.programs import installed, programs
from windlass.app.tryout import AFTER, BEFORE, EDIT, FIX, SUBMIT, Tried, Tryout, tryout
from windlass.kernel import NotFound, WindlassError
from windlass.sandbox import Launcher
from windlass.scripted import Fault, FaultKind, Run, Script

VERSION_S: Final = 60.0
IDLE_S: Final = 60.0
WALL_S: Final = 180.0
HANG_S: Final = 25.0
"""After so many seconds a turn that hangs on purpose is ended."""
ENDED_BY_US: Final = frozenset({"idle", "wall"})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at. `seconds` and `tokens` where they were measured."""

    name: str
    state: State
    seen: str
    fix: str = ""
    seconds: float | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A bad day, and the words with which a turn should end then. `text`: what the file should say."""

    name: str
    script: Script
    words: frozenset[str]
    text: str = BEFORE
    idle_s: float = IDLE_S


def _fault(name: str, fault: Fault, *words: str, idle_s: float = IDLE_S) -> Case:
    return Case(name, Script((), faults=(fault,)), frozenset(words), idle_s=idle_s)


CASES: Final = (
    _fault("401", Fault(FaultKind.STATUS, status=401), "auth"),
    _fault("429", Fault(FaultKind.STATUS, status=429), "rate-limited"),
    _fault("500", Fault(FaultKind.STATUS, status=500), "server-error"),
    _fault("refused", Fault(FaultKind.REFUSED), "unreachable"),
    _fault("slow", Fault(FaultKind.SLOW, after_s=600), "idle", idle_s=HANG_S),
    _fault("cut", Fault(FaultKind.CUT), "cut"),
    _fault("garbage", Fault(FaultKind.GARBAGE), "cut"),
    Case("no edit", Script((), final="I fixed it."), frozenset({"nothing"})),
    Case("cannot", Script((), final="CANNOT: it says so"), frozenset({"cannot"})),
)


def examine(chosen: Preset, home: Home, launcher: Launcher) -> Iterator[Step]:
    """The steps from installation to a done task, one after another; the first that fails is the last."""
    name, there = chosen.name, {one.program: one for one in installed(home)}.get(chosen.program)
    if chosen.source.origin is not Origin.WINDLASS:
        if there is None:
            yield Step("installed", State.FAIL, "it is not here", f"windlass agent add {name}")
            return
        good = chosen.supports(there.version)
        fix = "" if good else f"windlass agent add {name} (installs {chosen.source.version})"
        seen = f"{there.package} {there.version}" + ("" if good else f", wanted {chosen.supported}")
        yield Step("installed", State.OK if good else State.WARN, seen, fix)
    try:
        with _tryout(chosen, home, launcher) as made:
            if chosen.version:
                step = _start(made, chosen.version)
                yield step
                if step.state is State.FAIL:
                    return
            script = Script((Run(FIX), Run(SUBMIT)), final="Done.", plain=EDIT)
            yield _task(made.work(script, _bounds(IDLE_S)))
    except WindlassError as error:
        yield Step("box", State.FAIL, str(error), error.hint or "windlass doctor")


def _start(made: Tryout, version: tuple[str, ...]) -> Step:
    began = time.monotonic()
    code, said = made.run(version, timeout_s=VERSION_S)
    numbered = (line[:80] for line in said.splitlines() if any(map(str.isdigit, line)))
    seen = next(numbered, f"exit code {code}")
    state = State.OK if code == 0 else State.FAIL
    return Step("starts", state, seen, "" if code == 0 else said[-300:], time.monotonic() - began)


def endure(chosen: Preset, home: Home, launcher: Launcher) -> Iterator[Step]:
    """`examine`, and then every case in a tryout of its own."""
    for step in examine(chosen, home, launcher):
        yield step
        if step.state is State.FAIL:
            return
    for case in CASES:
        with _tryout(chosen, home, launcher) as made:
            yield _case(case, made.work(case.script, _bounds(case.idle_s)))
    if chosen.protocol is Protocol.ACP:
        with _tryout(chosen, home, launcher) as made:
            refuse = {**_bounds(IDLE_S), "refuse": ("execute", "edit", "other", "delete", "move")}
            refused = Case("permission", Script((Run(FIX),)), frozenset({"nothing", "cannot"}))
            yield _case(refused, made.work(refused.script, refuse))
    with _tryout(chosen, home, launcher) as made:
        yield from _resumed(made)


def _resumed(made: Tryout) -> Iterator[Step]:
    """A turn that hangs in a command is ended, by us or by an agent that leaves the command behind; the next
    goes on, in the session where there is one.
    """
    hung = made.work(Script((Run("sleep 600"),)), _bounds(HANG_S))
    yield _case(Case("hangs", Script(), ENDED_BY_US | {"nothing"}), hung)
    made.renew()
    again = made.work(Script((Run(FIX), Run(FIX))), _bounds(IDLE_S))
    yield _case(Case("goes on", Script(), frozenset({"changed"}), AFTER), again)


def _tryout(chosen: Preset, home: Home, launcher: Launcher) -> AbstractContextManager[Tryout]:
    known = programs(home)
    if chosen.program not in known:
        raise NotFound(f"{chosen.program!r} is not installed", hint=f"windlass agent add {chosen.name}")
    return tryout(launcher, known[chosen.program], chosen, home.agents / "tryouts")


def _bounds(idle_s: float) -> dict[str, object]:
    return {"idle_s": idle_s, "timeout_s": WALL_S, "acts_max": 20}


def _task(tried: Tried) -> Step:
    good = tried.word == "changed" and tried.text == AFTER and tried.calls > 0
    seen = f"{tried.outcome.detail[:200]}; {tried.calls} calls of the model"
    fix = "" if good else "look at what it said; is its version supported?"
    return Step("task", State.OK if good else State.FAIL, seen, fix, tried.seconds, tried.tokens)


def _case(case: Case, tried: Tried) -> Step:
    """Good, or ended by windlass's clock alone (a warning), or wrong."""
    seen = tried.outcome.detail[:200]
    state = State.OK if tried.word in case.words else State.FAIL
    if state is State.FAIL and tried.word in ENDED_BY_US and "changed" not in case.words:
        state, seen = State.WARN, f"it says nothing of it: {seen}"
    if tried.text != case.text:
        state, seen = State.FAIL, f"the file says {tried.text.strip()[:40]!r}: {seen}"
    fix = "" if state is State.OK else f"wanted {' or '.join(sorted(case.words))}"
    return Step(case.name, state, seen, fix, tried.seconds, tried.tokens)
