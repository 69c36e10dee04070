"""The account of the conflicts that landings met: kept with each landing, told as statistics."""

from dataclasses import replace

from windlass import dispatch
from windlass.conflicts.learning import learned
from windlass.conflicts.model import Ending, Past
from windlass.conflicts.records import end, forget, keep, meet, past, refused, resolutions, settled
from windlass.conflicts.resolution import Resolution
from windlass.conflicts.statistics import Statistics, statistics
from windlass.dispatch import TaskStatus
from windlass.store import Transaction

__all__ = [
    "Ending", "Past", "Resolution", "Statistics", "end", "forget", "keep", "known", "learned", "meet",
    "refused", "resolutions", "settled", "statistics",
]  # fmt: skip

_OVER = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED})


def known(tx: Transaction, repository: int, since: float = 0.0) -> list[Past]:
    """The newest clashes of a repository, oldest first; one whose task is over without it was dropped."""
    found = past(tx, repository, since)
    waiting = {one.task for one in found if one.ending is Ending.OPEN}
    over = {task for task in waiting if dispatch.task(tx, task).status in _OVER}
    dropped = [one.ending is Ending.OPEN and one.task in over for one in found]
    return [
        replace(one, ending=Ending.DROPPED) if gone else one for one, gone in zip(found, dropped, strict=True)
    ]
