"""The live work of a repository: branches, what waits to land, and what unfinished attempts have left."""

from dataclasses import dataclass
from typing import Final

from windlass import dispatch
from windlass.dispatch import TaskStatus
from windlass.store import Transaction
from windlass.workspace import Mirror

TIPS_MAX: Final = 150
"""Pieces of work that are compared, those with the newest commits: 11,175 pairs."""
_USER: Final = "refs/windlass/user/heads/"
_PINS: Final = "refs/windlass/submissions/"
_SUBMITTED: Final = (TaskStatus.REVIEW_NEEDED,)
_BEGUN: Final = (TaskStatus.PENDING, TaskStatus.PLANNING, TaskStatus.IN_PROGRESS, TaskStatus.BLOCKED)


@dataclass(frozen=True, slots=True)
class Live:
    """`tips`: name to commit, the main branch first. `left_out`: how many there are beyond TIPS_MAX."""

    tips: dict[str, str]
    left_out: int


def live(tx: Transaction, mirror: Mirror, repository: int, main: str) -> Live:
    """Everything that is not in the branch `main` yet, by the mirror as it was synced last."""
    tip = mirror.ref(f"{_USER}{main}")
    assert tip is not None, "the mirror was synced"
    review = {f"{_PINS}{one.id}/{one.fence}": one for one in dispatch.tasks(tx, repository, _SUBMITTED)}
    begun = {str(one.id) for one in dispatch.tasks(tx, repository, _BEGUN)}
    newest: dict[str, str] = {}
    for ref, commit in mirror.unmerged("refs/windlass/", tip).items():
        task, _, _ = ref.removeprefix(dispatch.snapshots.REFS).partition("/")
        if ref.startswith(_USER):
            newest[ref.removeprefix(_USER)] = commit
        elif ref in review:
            newest[f"task {review[ref].id}"] = commit
        elif task in begun:
            newest.setdefault(f"task {task}", commit)
    kept = dict(list(newest.items())[: TIPS_MAX - 1])
    return Live({main: tip, **kept}, len(newest) - len(kept))
