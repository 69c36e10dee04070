"""Who may claim, within the bounds of one run: at most so many tasks, no more than may still land today, and
nothing in a pause.

Asked inside the claim's own transaction, so a no undoes the claim. What other threads hold is counted before
their claim is visible, so two workers never take the last place together.
"""

import threading
from collections.abc import Callable
from typing import Final

from windlass import dispatch, land, policy
from windlass.dispatch import Review, Site, Task, TaskStatus
from windlass.land import LandingState
from windlass.store import Transaction

DAY_S: Final = 86_400

_BUSY: Final = (TaskStatus.IN_PROGRESS, TaskStatus.REVIEW_NEEDED, TaskStatus.PLANNING)
_COUNTED: Final = (LandingState.LANDED, LandingState.PROPOSED)
_PAUSED: Final = (LandingState.QUEUED, LandingState.PROVED, LandingState.LANDING, LandingState.RIDING)
"""Where landings stay in a pause."""


class Turns:
    """The tasks this run has started, and the room that is left. Safe from several threads.

    `only`: the tasks this run is for, with every try at them; empty for all.
    """

    def __init__(self, site: Site, tasks_max: int | None, *, only: tuple[int, ...] = ()) -> None:
        self._site, self._tasks_max, self.only = site, tasks_max, only
        self._lock = threading.Lock()
        self._started: set[int] = set()
        self._held: dict[str, int] = {}
        self._closed = threading.Event()

    def close(self) -> None:
        """Admit nothing more."""
        self._closed.set()

    def admit(self, tx: Transaction, task: Task, worker: str) -> bool:
        """Whether `worker` may have the task it has just claimed."""
        if policy.pauses.held(tx, self._site.repository.id):
            return False
        today = landed_today(tx, self._site)
        others = in_flight(tx, self._site, entries=False) - {task.id}
        with self._lock:
            if self._closed.is_set() or not self._has_place(task):
                return False
            held = {number for who, number in self._held.items() if who != worker}
            if task.role == dispatch.tries.ENTRY:  # what lands is the task it is a try at, which is in flight
                self._held[worker] = task.id
                return True
            if today + len(others | held) >= self._site.scope.daily_prs:
                return False
            self._held[worker] = task.id
            return True

    def admitting(self, worker: str) -> Callable[[Transaction, Task], bool]:
        """`admit` for one worker."""
        return lambda tx, task: self.admit(tx, task, worker)

    def done(self, worker: str) -> None:
        """The worker holds nothing more; what it held counts as started."""
        with self._lock:
            if (task := self._held.pop(worker, None)) is not None:
                self._started.add(task)

    def full(self) -> bool:
        """Whether every place is taken; a task that came back may still be tried again."""
        with self._lock:
            return self._tasks_max is not None and len(self._mine()) >= self._tasks_max

    def allows(self, task: Task) -> bool:
        """Whether a ready task could be claimed by this run, apart from the daily limit."""
        with self._lock:
            return self._has_place(task)

    def _has_place(self, task: Task) -> bool:
        mine = self._mine()
        wanted = {task.id, task.root if task.role == dispatch.tries.ENTRY else None}
        if self.only and not wanted.intersection(self.only):
            return False
        return self._tasks_max is None or task.id in mine or len(mine) < self._tasks_max

    def _mine(self) -> set[int]:
        return self._started | set(self._held.values())


def landed_today(tx: Transaction, site: Site) -> int:
    """Landings and proposals since midnight UTC: what the scope's daily limit counts."""
    now = site.clock()
    found = land.landings(tx, site.repository.id, now - now % DAY_S)
    return sum(one.state in _COUNTED for one in found)


def in_flight(tx: Transaction, site: Site, *, entries: bool = True) -> set[int]:
    """Tasks in someone's hands or on their way onto a branch; one that waits for a person is not, and one
    that waits for its guardians is in their hands. Without `entries` only what may land. In a pause, what
    waits for its end is not.
    """
    repository = site.repository.id
    still = _PAUSED if policy.pauses.held(tx, repository) else ()
    landings = {(one.task_id, one.fence): one.state for one in land.landings(tx, repository)}
    return {
        task.id
        for task in dispatch.tasks(tx, repository, _BUSY)
        if landings.get((task.id, task.fence), LandingState.BUILDING).moving
        and landings.get((task.id, task.fence)) not in still
        and (task.review is Review.NONE or (task.id, task.fence) in landings)
        and (entries or task.role != dispatch.tries.ENTRY)
    }
