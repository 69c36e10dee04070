"""A worker host: slots that claim from a server, work here in the sandbox, and carry the results back."""

import os
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from windlass import __version__, dispatch, sandbox
from windlass.app.client import Client
from windlass.app.config import load, read_file, user_file
from windlass.app.config_sections import Config
from windlass.app.home import Home
from windlass.app.isolation import launcher_of
from windlass.app.private import read_private
from windlass.app.remote import RENEW_S, Registration, RemoteEmployer
from windlass.app.wiring import runners_of
from windlass.dispatch import Bench, RunnerSpec, Worked, staff, work
from windlass.kernel import Conflict, Denied, Invalid, Unavailable, WindlassError, system_clock
from windlass.workspace import Attempt, Author

IDLE_S: Final = 0.5
IDLE_MAX_S: Final = 4.0
"""Between two looks of a host that finds nothing; the wait doubles up to this."""
PAUSE_S: Final = 5.0
DRAIN_S: Final = 600.0
"""How long a worker that is told to stop goes on with what it has."""
TOLD_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class Hire:
    """Whom a host works for, and how much of it. `lanes`: empty means those of all its runners."""

    server: str
    token: str
    lanes: tuple[str, ...] = ()
    slots: int = 1
    authority: Path | None = None
    trust: bool = False
    drain_s: float = DRAIN_S


Tell = Callable[[str], None]
"""Told, in a line for people, what happened."""


class Host:
    """The slots of one host. `stop` drains; a second `stop` hands back what is in hand."""

    def __init__(self, bench: Bench, employer: RemoteEmployer, hire: Hire, tell: Tell) -> None:
        self._bench, self._employer, self._hire, self._tell = bench, employer, hire, tell
        self._stops = 0
        self._busy = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._slots = [
            threading.Thread(target=self._work_on, args=(f"slot-{n}",), daemon=True)
            for n in range(1, hire.slots + 1)
        ]

    def run(self) -> bool:
        """Work until told to stop; whether everything in hand was finished."""
        self._employer.introduce()
        slots = self._hire.slots
        self._tell(f"{self._employer.name} works for {self._hire.server} in {slots} slots")
        threading.Thread(target=self._renew_on, name="renewals", daemon=True).start()
        for slot in self._slots:
            slot.start()
        while not self._employer.stop.wait(0.2):
            pass
        until = time.monotonic() + self._hire.drain_s
        while any(slot.is_alive() for slot in self._slots) and self._stops < 2 and time.monotonic() < until:
            time.sleep(0.1)
        drained = not any(slot.is_alive() for slot in self._slots)
        if not drained:
            self._employer.hand_back("the worker was stopped")
        self._ended.set()
        self._employer.leave()
        return drained

    def stop(self) -> None:
        """Take nothing new and end after what is in hand; the second time, hand that back as well."""
        self._stops += 1
        self._employer.stop.set()

    def _work_on(self, worker: str) -> None:
        idle_s = IDLE_S
        while not self._employer.stop.is_set():
            worked = self._worked(worker)
            if worked is None:
                self._employer.stop.wait(idle_s)
                idle_s = min(2 * idle_s, IDLE_MAX_S)
                continue
            idle_s = IDLE_S
            told = worked.status.value if worked.status else "taken away"
            told += f" ({worked.detail[:TOLD_MAX]})" if worked.detail else ""
            self._tell(f"task {worked.task_id} attempt {worked.fence}: {worked.outcome.value}, now {told}")

    def _worked(self, worker: str) -> Worked | None:
        try:
            return work(self._bench, self._employer, worker)
        except Denied:
            self._tell("the server refuses this worker; is its token valid?")
            raise
        except Unavailable as error:
            if not self._employer.stop.is_set():
                self._tell(f"waiting: {error}")
            self._employer.stop.wait(PAUSE_S)
        except WindlassError as error:
            self._tell(f"trouble: {error}")
            self._employer.stop.wait(PAUSE_S)
        return None

    def _renew_on(self) -> None:
        while not self._ended.wait(RENEW_S):
            try:
                self._employer.renew()
            except WindlassError as error:
                self._tell(f"renewal: {error}")


@contextmanager
def host(hire: Hire, env: Mapping[str, str], tell: Tell) -> Iterator[Host]:
    """A worker host on this machine's data home; it owns the home as a server would."""
    home = Home.open(env)
    with home.own(system_clock()):
        settings = load(env, user=read_file(user_file(env))).config
        bench = Bench(
            _launcher(hire, settings), home.attempts, _chosen(runners_of(settings), hire.lanes),
            Author(settings.land.author_name, settings.land.author_email), system_clock,
        )  # fmt: skip
        sweep(home, bench)
        client = Client(hire.server, hire.token, authority=hire.authority)
        try:
            made = Registration(
                new_name(socket.gethostname()),
                socket.gethostname(),
                tuple(bench.runners),
                hire.slots,
                __version__,
            )
            yield Host(bench, RemoteEmployer(client, made, home.mirrors, threading.Event()), hire, tell)
        finally:
            client.close()


def sweep(home: Home, bench: Bench) -> int:
    """Save and remove what a killed worker left behind: this process owns the home, so no attempt lives."""
    found = Attempt.list(home.attempts)
    for attempt in found:
        dispatch.snapshots.reap(
            bench.launcher, attempt, bench.author, at=bench.clock(), why="the worker was killed"
        )
    shutil.rmtree(home.attempts / "control", ignore_errors=True)
    shutil.rmtree(home.attempts / "state", ignore_errors=True)
    Attempt.sweep(home.attempts)
    return len(found)


def read_token(path: Path) -> str:
    """The token in a file that nobody else may read."""
    return read_private(path, "token", hint="windlass token create runner:NAME --out FILE")


def new_name(hostname: str) -> str:
    """A fresh name per start: readable, and no other host's."""
    readable = "".join(c if c.isalnum() or c in ".-" else "-" for c in hostname)[:32].strip(".-") or "host"
    return f"{readable}-{os.getpid()}-{secrets.token_hex(3)}"


def _launcher(hire: Hire, settings: Config) -> sandbox.Launcher:
    return launcher_of(settings.sandbox, trust=hire.trust)


def _chosen(configured: Mapping[str, RunnerSpec], lanes: Sequence[str]) -> Mapping[str, RunnerSpec]:
    runners = {name: configured[name] for name in staff(configured).here}
    if unknown := [name for name in lanes if name not in runners]:
        raise Invalid(
            f"this host has no runner {unknown[0]!r}",
            hint=f"known: {', '.join(runners)}; configure more in [dispatch] runners of your settings",
        )
    chosen = {name: spec for name, spec in runners.items() if not lanes or name in lanes}
    if not chosen:
        raise Conflict("this host has no runners", hint="configure [dispatch] runners")
    if spending := [name for name, spec in chosen.items() if spec.provider]:
        raise Invalid(
            f"runner {spending[0]!r} asks models of provider {chosen[spending[0]].provider!r},"
            " and a worker host keeps no account of what they cost",
            hint="let the server itself work in its lane, and name the other lanes with --lanes",
        )
    return chosen
