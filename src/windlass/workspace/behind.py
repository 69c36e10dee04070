"""Let a process of a session of its own stand behind all other work.

Where the kernel shares the processor among sessions (autogroup, sched(7)), niceness only counts among the
processes of one; the session's own weight is set by its first process.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

NICE: Final = 10


def put_behind(pid: int, nice: int) -> None:
    """Give the session that `pid` leads this niceness; where the kernel knows no such thing, or will not,
    nothing changes.
    """
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))


def own_niceness() -> int:
    """That of the calling thread; on Linux each has one of its own."""
    return os.getpriority(os.PRIO_PROCESS, 0)
