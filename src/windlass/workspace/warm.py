"""Clean copies of trees that are kept: one goes on to the next tree by the few files that differ.

Two trees of one repository share nearly all files, and writing those again is most of what a small check
costs. A copy belongs to whoever holds its lock; it is only good where nobody else can write into it.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Final

from windlass.workspace.fresh import fresh_checkout, go_on, refresh, write_files
from windlass.workspace.mirror import Mirror
from windlass.workspace.refs import check_oid

PLACES_MAX: Final = 4
"""Copies that are kept of one repository; who finds them all taken has to make a fresh one."""
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_HOLDS: Final = "holds"
"""Names the tree of a complete copy; missing while it is changed, so a killed change is seen."""


Give = Callable[[Path], None]
"""Makes all that is in a folder somebody else's."""


@contextmanager
def lent_checkout(
    mirror: Mirror, tree: str, into: Path, *, pool: Path | None, give: Give | None = None
) -> Iterator[Path]:
    """A copy of `tree` for the block, its files as `fresh_checkout` writes them: one that is kept in `pool`,
    which must not be changed, or a fresh one at `into` where there is no pool or all are lent. `give`: to
    whom its files go.
    """
    with ExitStack() as lent:
        kept = None if pool is None else lent.enter_context(_kept(mirror, check_oid(tree), pool, give))
        if kept is None:
            fresh_checkout(mirror, tree, into)
            if give is not None:
                give(into)
        yield kept or into


@contextmanager
def _kept(mirror: Mirror, tree: str, pool: Path, give: Give | None) -> Iterator[Path | None]:
    _sweep(pool)
    names = [pool / f"{_whose(mirror)}.{number}" for number in range(PLACES_MAX)]
    for place in sorted(names, key=lambda one: _preference(one, tree)):
        place.mkdir(mode=0o755, parents=True, exist_ok=True)
        handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        try:
            _bring(mirror, tree, place, give)
            yield place / "tree"
        finally:
            os.close(handle)
        return
    yield None


def _sweep(pool: Path) -> None:
    """Delete copies that were made before this boot: a power cut may have left files without content."""
    for place in pool.iterdir() if pool.is_dir() else ():
        if not place.name.startswith(_boot()):
            shutil.rmtree(place, ignore_errors=True)


def _whose(mirror: Mirror) -> str:
    return f"{_boot()}-{hashlib.sha256(os.fsencode(mirror.git_dir)).hexdigest()[:12]}"


@cache
def _boot() -> str:
    with suppress(OSError):
        return _BOOT.read_text().strip()[:8]
    return f"process{os.getpid()}"  # where boots cannot be told apart nothing outlives its process


def _preference(place: Path, tree: str) -> int:
    """The tree itself, then any copy, then a new one."""
    held = _held(place)
    return 0 if held == tree else 1 if held else 2


def _held(place: Path) -> str:
    with suppress(OSError):
        return (place / _HOLDS).read_text()
    return ""


def _bring(mirror: Mirror, tree: str, place: Path, give: Give | None) -> None:
    """Make the copy one of `tree`, from what it holds if that is complete."""
    held, files, index = _held(place), place / "tree", place / "index"
    if held == tree:
        return
    (place / _HOLDS).unlink(missing_ok=True)
    if not held or not go_on(mirror, (held, tree), files, index):
        shutil.rmtree(files, ignore_errors=True)
        for left in (index, index.with_name("index.lock")):
            left.unlink(missing_ok=True)
        files.mkdir(mode=0o755)
        write_files(mirror.git, tree, files, index)
        if give is not None:
            give(files)
            refresh(mirror, files, index)
    (place / _HOLDS).write_text(tree)
