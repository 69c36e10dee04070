"""Processes that outlived everything that held them, and what their runs left in the host's /tmp.

In a sandbox a run dies with its supervisor. Without one (level NONE) the supervisor may be killed together
with us, and what the program had started then lives on. It is known by what a process does not get by chance:
an entry of its environment that only the run had, the session of such a process, or a working directory in
the run's files without any terminal. No list of numbers is kept, so no number can have a new owner.
"""

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HOME_PREFIX: Final = "windlass-home-"
"""Of the private home of a run without a sandbox; its supervisor holds a lock on it."""
ROUNDS_MAX: Final = 100
"""Looks for processes that were started while others were stopped."""
FOUND_MAX: Final = 10_000
WORDS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class _Seen:
    """One process at one look."""

    pid: int
    session: int
    terminal: int
    cwd: str
    marked: bool
    words: str


@contextmanager
def strays(entry: str, folder: Path) -> Iterator[tuple[str, ...]]:
    """The processes with `entry` in their environment, or at work in `folder`: stopped first, so that its
    files stand still, and killed in the end. Each is told by number and words.
    """
    stopped: dict[int, str] = {}
    for _ in range(ROUNDS_MAX):
        fresh = [one for one in _found(entry, folder) if one.pid not in stopped][:FOUND_MAX]
        stopped.update({one.pid: one.words for one in fresh if _send(one, signal.SIGSTOP, entry, folder)})
        if not fresh:
            break
    try:
        yield tuple(f"{pid} ({words})" for pid, words in sorted(stopped.items()))
    finally:
        for _ in range(ROUNDS_MAX):
            if not any([_send(one, signal.SIGKILL, entry, folder) for one in _found(entry, folder)]):
                break


def sweep_homes() -> None:
    """Remove the homes whose supervisors are dead: nobody holds their lock."""
    for home in Path(tempfile.gettempdir()).glob(f"{HOME_PREFIX}{'[0-9a-f]' * 32}"):
        with suppress(OSError):  # somebody else's, at work, or gone
            handle = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if os.fstat(handle).st_uid == os.geteuid():
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(home, ignore_errors=True)
            finally:
                os.close(handle)


def _found(entry: str, folder: Path) -> list[_Seen]:
    seen = [one for name in os.listdir("/proc") if name.isdigit() and (one := _look(int(name), entry))]
    sessions = {one.session for one in seen if one.marked} - {os.getsid(0)}
    inside = (str(folder), f"{folder}/")
    return [
        one for one in seen
        if one.marked or one.session in sessions
        or (one.terminal == 0 and (one.cwd == inside[0] or one.cwd.startswith(inside[1])))
    ]  # fmt: skip


def _look(pid: int, entry: str) -> _Seen | None:
    """None for one that has ended, that we may not look into, or that is ourselves."""
    place = Path("/proc", str(pid))
    try:
        status = (place / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        environment = (place / "environ").read_bytes().split(b"\0")
        words = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        cwd = os.readlink(place / "cwd")
    except (OSError, ValueError):
        return None
    if status[0] in "ZX" or pid == os.getpid():
        return None
    marked = os.fsencode(entry) in environment
    return _Seen(pid, int(status[3]), int(status[4]), cwd, marked, words[:WORDS_MAX])


def _send(one: _Seen, number: signal.Signals, entry: str, folder: Path) -> bool:
    """Send it a signal if it still is the one that was seen."""
    try:
        handle = os.pidfd_open(one.pid)
    except OSError:
        return False
    try:
        again = _look(one.pid, entry)
        if again is None or (again.session, again.cwd, again.marked) != (one.session, one.cwd, one.marked):
            return False
        signal.pidfd_send_signal(handle, number)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
