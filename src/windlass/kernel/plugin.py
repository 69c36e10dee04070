"""Plug-in families: one folder per family, one file per kind, nobody lists kinds by hand."""

import importlib
import pkgutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType, TracebackType
from typing import Any, Generic, Protocol, TypeVar

from windlass.kernel.clock import Clock
from windlass.kernel.errors import Denied, Invalid, NotFound

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a foreign program did: exit code (negative: signal; None: killed at the deadline), output."""

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    seconds: float
    truncated: bool = False


class Run(Protocol):
    """Runs one foreign program inside the sandbox, never on the host."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Ran: ...


class Dialogue(Protocol):
    """A foreign program at work in its box, while one talks with it. At the end of `with` nothing of it is
    left.
    """

    def __enter__(self) -> "Dialogue": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def send(self, data: bytes) -> None:
        """To its standard input. Raises Unavailable when nobody reads there any more."""
        ...

    def hang_up(self) -> None:
        """End its standard input."""
        ...

    def receive(self, wait_s: float) -> bytes | None:
        """What came on its standard output; empty: nothing will come any more; None: nothing came in time."""
        ...

    def end(self) -> Ran:
        """Kill what is left of it, and tell how it ended; again: the same. `stdout` is empty, `stderr` its
        end; an exit code of None: it did not end by itself.
        """
        ...


class Talk(Protocol):
    """Starts one foreign program inside the box of the attempt, with the box's listeners."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        env: Mapping[str, str] | None = None,
        program: str = "",
    ) -> Dialogue:
        """`timeout_s`: after so many seconds it is killed. `program`: the installed agent whose files it
        needs; they are shown read-only, and its commands are on the PATH.
        """
        ...


def no_talk(
    argv: Sequence[str], *, timeout_s: float, env: Mapping[str, str] | None = None, program: str = ""
) -> Dialogue:
    """The `Talk` of who may start nothing."""
    raise Denied(f"{argv[0]!r} cannot be started here: there is no box to talk in")


@dataclass(frozen=True)
class Tools:
    """Everything a plug-in may touch. It gets no other way to the outside world.

    `places`: what the box offers to programs that are talked with, by name: `model`, `mcp` and `egress` are
    addresses (`http://127.0.0.1:8701`), `state` is a writable folder that lives as long as the task. A name
    that is missing is not offered. `steady`: seconds that only grow, for deadlines. `fault`: how requests to
    the box's model fail lately, as a word of `meter.Outcome` and a line; None while they do not.
    """

    clock: Clock
    run: Run
    secret: Callable[[str], str]
    talk: Talk = no_talk
    places: Mapping[str, str] = field(default_factory=dict)
    steady: Clock = time.monotonic
    fault: Callable[[], tuple[str, str] | None] = lambda: None


@dataclass(frozen=True)
class Family(Generic[P]):
    """A plug-in family, e.g. runners. A kind is a module with `Settings` and `open(settings, tools)`."""

    name: str
    package: str

    def kinds(self) -> list[str]:
        return sorted({m.name for m in self._built_in()} | {e.name for e in self._installed()})

    def module(self, kind: str) -> ModuleType:
        """Load one kind; unknown kinds answer with the known ones."""
        if any(m.name == kind for m in self._built_in()):
            return importlib.import_module(f"{self.package}.{kind}")
        for entry in self._installed():
            if entry.name == kind:
                loaded: ModuleType = entry.load()
                return loaded
        raise NotFound(f"no {self.name} plug-in named {kind!r}", hint=f"known: {', '.join(self.kinds())}")

    def open(self, kind: str, table: Mapping[str, Any], tools: Tools) -> P:
        module = self.module(kind)
        known = {f.name for f in fields(module.Settings)}
        if unknown := set(table) - known:
            raise Invalid(
                f"{self.name} plug-in {kind!r} has unknown settings {sorted(unknown)}",
                hint=f"known: {sorted(known)}",
            )
        if missing := {f.name for f in fields(module.Settings) if _is_required(f)} - set(table):
            raise Invalid(f"{self.name} plug-in {kind!r} lacks its settings {sorted(missing)}")
        plugin: P = module.open(module.Settings(**table), tools)
        return plugin

    def _built_in(self) -> list[pkgutil.ModuleInfo]:
        return list(pkgutil.iter_modules(importlib.import_module(self.package).__path__))

    def _installed(self) -> list[EntryPoint]:
        return list(_entries(f"windlass.{self.name}", tuple(sys.path)))


@lru_cache(maxsize=64)
def _entries(group: str, _path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """What is installed where this process looks; asking reads the metadata of every distribution."""
    return tuple(entry_points(group=group))


def _is_required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING
