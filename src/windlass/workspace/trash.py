"""Folders that may be left behind by kill -9, and how they go: owned by a lock, renamed, then deleted."""

import fcntl
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from windlass.kernel import Unavailable
from windlass.workspace.behind import NICE, put_behind

TRASH = ".trash"
_WAIT_S = 0.005
_BEHIND = ("/usr/bin/nice", "-n", str(NICE))


@contextmanager
def locked(path: Path, *, wait_s: float) -> Iterator[int]:
    """Hold an exclusive lock on the file `path`; children handed the descriptor hold it on."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + wait_s
        while not _try_lock(fd):
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{path} stayed locked for {wait_s:.0f} s", hint="is another windlass at work?"
                )
            time.sleep(_WAIT_S)
        yield fd
    finally:
        os.close(fd)


@contextmanager
def scratch(parent: Path, prefix: str) -> Iterator[Path]:
    """A private folder that lives for the block. `sweep` takes it away if we are killed before."""
    parent.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _try_lock(fd)
        yield path
    finally:
        os.close(fd)
        shutil.rmtree(path, ignore_errors=True)


def sweep(parent: Path, prefix: str) -> int:
    """Delete the scratch folders whose maker is dead; how many."""
    gone = 0
    for path in sorted(parent.glob(f"{prefix}*")) if parent.is_dir() else []:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue  # Its maker was faster.
        try:
            if _try_lock(fd):
                delete(path)
                gone += 1
        finally:
            os.close(fd)
    return gone


def throw_away(path: Path) -> None:
    """Rename `path` into the trash beside it (milliseconds), then delete it.

    A crash between leaves trash only.
    """
    trash = path.parent / TRASH
    trash.mkdir(exist_ok=True)
    grave = trash / f"{path.name}-{secrets.token_hex(6)}"
    try:
        path.rename(grave)
    except FileNotFoundError:
        return
    delete(grave)


def empty_trash(parent: Path) -> int:
    """Delete what earlier deletions left; how many."""
    graves = sorted((parent / TRASH).iterdir()) if (parent / TRASH).is_dir() else []
    for grave in graves:
        delete(grave)
    return len(graves)


def delete(path: Path) -> None:
    """Delete a tree a stranger made, behind all other work: any depth, any modes, links never followed."""
    command = ["/bin/rm", "-rf", "--", str(path)]
    if not _said(command)[0]:
        return
    # Folders without write permission, made by the same uid as ours.
    _said(["/bin/chmod", "-R", "u+rwX", "--", str(path)])
    code, said = _said(command)
    if code and path.exists():
        raise Unavailable(f"cannot delete {path}: {said}", hint="another user owns files in it")


def _said(command: Sequence[str]) -> tuple[int, str]:
    """The exit code of a program that runs behind all other work, and the last of what it complained of."""
    with subprocess.Popen(
        [*_BEHIND, *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env={}, start_new_session=True,
    ) as process:  # fmt: skip
        put_behind(process.pid, NICE)
        said = process.communicate()[1].decode("utf-8", "replace")[-300:].strip()
    return process.returncode, said


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
