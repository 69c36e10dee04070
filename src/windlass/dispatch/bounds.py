"""What an attempt may not exceed while it runs: the size of its own folder, and its time.

The sandbox bounds each file, /tmp and memory; only from outside can be seen how much lies in the work tree.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

GROWTH_MAX: Final = 2 << 30
"""Bytes that an attempt may add to its folder."""
ENTRIES_MAX: Final = 500_000
"""Files and folders that it may add."""
WEIGH_S: Final = 30.0
"""Between two looks at every file while the file system did not fill up much."""
SHARE: Final = 20
"""A look takes at most one part in so many of the time."""
STEP: Final = 8
"""A look at every file is due when one part in so many of what may be added is gone from the file system."""


class Bounds:
    """`home`: the attempt's folder. `time_s`: from now; None: as long as the lease lives. `weight`: bytes and
    entries that it begins with, where they are known.
    """

    def __init__(
        self, home: Path, time_s: float | None, clock: Callable[[], float], *,
        weight: tuple[int, int] | None = None,
    ) -> None:  # fmt: skip
        self._home, self._time_s, self._clock = home, time_s, clock
        self._began = self._next = self._weighed = clock()
        bytes_, entries = weight or weigh(home, bytes_max=1 << 62, entries_max=1 << 62)
        self._bytes_max, self._entries_max = bytes_ + GROWTH_MAX, entries + ENTRIES_MAX
        self._room = _room(home)

    def broken(self) -> str:
        """Which bound is exceeded, in words; empty while all is well, or while it is too early to look."""
        now = self._clock()
        if self._time_s is not None and now - self._began > self._time_s:
            return f"it ran longer than the {self._time_s:.0f} s that its budget left"
        if now < self._next or not self._due(now):
            return ""
        self._room = _room(self._home)
        bytes_, entries = weigh(self._home, bytes_max=self._bytes_max, entries_max=self._entries_max)
        self._weighed, self._next = now, self._clock() + SHARE * (self._clock() - now)
        if bytes_ > self._bytes_max:
            return f"it wrote more than {GROWTH_MAX >> 20} MiB into its work tree"
        if entries > self._entries_max:
            return f"it made more than {ENTRIES_MAX} files in its work tree"
        return ""

    def _due(self, now: float) -> bool:
        """Whether it is time to look at every file: asking how full the file system is costs nothing."""
        (bytes_, entries), before = _room(self._home), self._room
        filled = before[0] - bytes_ > GROWTH_MAX // STEP or before[1] - entries > ENTRIES_MAX // STEP
        return filled or now - self._weighed >= WEIGH_S


def _room(folder: Path) -> tuple[int, int]:
    """Bytes and entries that the file system has left."""
    with suppress(OSError):
        found = os.statvfs(folder)
        return found.f_bavail * found.f_frsize, found.f_favail
    return 0, 0


def weigh(folder: Path, *, bytes_max: int, entries_max: int) -> tuple[int, int]:
    """Bytes on disk and entries below a folder, counted until either exceeds its bound.

    No link is followed, also if a folder is swapped for one meanwhile; what goes away is not counted.
    """
    size = entries = 0
    with suppress(OSError):
        for _, directories, files, handle in os.fwalk(folder, follow_symlinks=False, onerror=None):
            entries += len(directories) + len(files)
            for name in files:
                with suppress(OSError):  # it went while we looked
                    size += os.stat(name, dir_fd=handle, follow_symlinks=False).st_blocks * 512
            if size > bytes_max or entries > entries_max:
                break
    return size, entries
