"""Level NONE: no sandbox at all, only custody. For repositories that are trusted by name (`--trust`) and the
bundled demo.

A run is the caller's own uid with all its rights; held are its time, its output, the size of its files and
its end.
"""

import os
import resource
import socket
import tempfile
import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from windlass.kernel import Invalid, Ran
from windlass.sandbox.bwrap import limit_met
from windlass.sandbox.door import Door
from windlass.sandbox.model import FIXED_ENV, HOME, Level, Mount, Order, Outcome
from windlass.sandbox.spawn import Ending, run_child
from windlass.sandbox.strays import HOME_PREFIX, strays
from windlass.sandbox.talking import Talking


@dataclass(frozen=True, slots=True)
class Unconfined:
    """Runs orders directly on the host. Mounts show nothing new, so words that name a mount's target become
    its source."""

    level: Level = Level.NONE
    base: str = ""

    def run(self, order: Order) -> Outcome:
        ending = run_child(self._plan(order), order)
        ran = _judge(order, ending)
        held = (f"file_max={order.limits.file_max} (rlimit)",)
        return Outcome(ran, Level.NONE, ending.timed_out, limit_met(ending, ran.exit_code, {}), held)

    def start(self, order: Order) -> Talking:
        if any(door.host is None for door in order.doors):
            raise Invalid("without a sandbox a door is at a port of the host", hint="`place` it first")
        return Talking(self._plan(order), order, partial(_judge, order), ExitStack())

    def strays(self, entry: str, folder: Path) -> AbstractContextManager[tuple[str, ...]]:
        return strays(entry, folder)

    def place(self, door: Door) -> Door:
        """At a free port of the host's loopback, where every program of this machine finds it."""
        host = socket.create_server(("127.0.0.1", 0))
        return replace(door, port=host.getsockname()[1], host=host)

    def _plan(self, order: Order) -> dict[str, object]:
        home = os.path.join(tempfile.gettempdir(), f"{HOME_PREFIX}{uuid.uuid4().hex}")
        return {
            "level": "none", "home": home, "cgroup": "", "cwd": os.fsencode(outside(order.cwd, order.mounts,
            home)), "argv": [os.fsencode(outside(word, order.mounts, home)) for word in order.argv],
            "environment": {
                os.fsencode(name): os.fsencode(outside(value, order.mounts, home))
                for name, value in {**FIXED_ENV, "TMPDIR": HOME, **order.env}.items()
            },
            "rlimits": {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: order.limits.file_max},
        }  # fmt: skip


def _judge(order: Order, ending: Ending) -> Ran:
    failed = ending.report.get("failed", ())
    if failed and not failed[0].startswith(("no program", "cannot run")):
        raise Invalid(f"cannot start {order.argv[0]!r}: {failed[0]}")
    code = 127 if failed else int(ending.report["exit"][0]) if "exit" in ending.report else None
    stderr = ending.stderr + (failed[0] + "\n").encode() if failed else ending.stderr
    return Ran(None if ending.timed_out else code, ending.stdout, stderr, ending.seconds, ending.truncated)


def outside(word: str, mounts: Sequence[Mount], home: str) -> str:
    """The host path for a word that is, or lies below, a mount's target or the private home; other words stay
    as they are."""
    places = {HOME: home, **{mount.target: str(mount.source) for mount in mounts}}
    for target in sorted(places, key=len, reverse=True):
        if word == target or word.startswith(target + "/"):
            return places[target] + word[len(target) :]
    return word
