"""Filing tasks, and the lanes they wait in."""

import json
from collections.abc import Sequence
from typing import Final

from windlass.dispatch.aging import cls_of
from windlass.dispatch.lease import ATTEMPTS_MAX
from windlass.dispatch.model import Place, Spec, TaskStatus
from windlass.dispatch.records import grounds
from windlass.dispatch.records.moving import NOTE_MAX
from windlass.events import Subject, append
from windlass.kernel import Invalid, NotFound
from windlass.store import Transaction

ALONE: Final = Place()
_LANE: Final = "SELECT id FROM wl_lane WHERE repository_id = :repository AND name = :name"

_FILE: Final = """
INSERT INTO wl_task (repository_id, item_id, lane, kind, title, status, cls, ready_at, unmet, attempts_max,
  base_oid, spec, created_at, updated_at, parent_id, root_id, role, risk, touches, skills)
VALUES (:repository, :item, :lane, :kind, :title, 'pending', :cls, :now, :unmet, :attempts_max, :base, :spec,
  :now, :now, :parent, :root, :role, :risk, :touches, :skills) RETURNING id"""

_EDGE: Final = "INSERT INTO wl_dep (task_id, dep_id) VALUES (:task, :dep)"


def lane_id(tx: Transaction, repository_id: int, name: str) -> int:
    """The number of a lane: one queue per repository and runner."""
    found = tx.scalar(_LANE, repository=repository_id, name=name)
    if found is None:
        tx.execute(
            "INSERT INTO wl_lane (repository_id, name) VALUES (:repository, :name) ON CONFLICT DO NOTHING",
            repository=repository_id, name=name,
        )  # fmt: skip
        found = tx.scalar(_LANE, repository=repository_id, name=name)
    return int(found)


def add_task(
    tx: Transaction,
    *,
    repository_id: int,
    item_id: int | None,
    lane: int,
    kind: str,
    title: str,
    spec: Spec,
    wsjf: float,
    base: str,
    now: float,
    needs: Sequence[int] = (),
    attempts_max: int = ATTEMPTS_MAX,
    place: Place = ALONE,
    touches: Sequence[str] = (),
    skills: Sequence[str] = (),
) -> int:
    """File a task; it can be claimed when every task in `needs` is completed. Returns its id.

    `place`: where in a guardian chain it stands. `touches`: patterns of the files it will change; only
    `grounds.look` lets such a task go. `skills`: what it asks of an instance.
    """
    if attempts_max < 1 or wsjf < 0:
        raise Invalid(f"a task needs attempts_max >= 1 and wsjf >= 0, not {attempts_max} and {wsjf}")
    parents = sorted(set(needs))
    unmet = sum(_status_locked(tx, parent) is not TaskStatus.COMPLETED for parent in parents)
    task_id = int(
        tx.scalar(
            _FILE, repository=repository_id, item=item_id, lane=lane, kind=kind, title=title,
            cls=cls_of(wsjf), now=now, unmet=unmet + bool(touches), attempts_max=attempts_max, base=base,
            spec=spec.dump(), parent=place.parent, root=place.root, role=place.role, risk=place.risk,
            touches=grounds.dump_touches(touches), skills=json.dumps(list(skills)),
        )
    )  # fmt: skip
    edges = [*parents, *(grounds.edges(task_id) if touches else ())]
    tx.execute_many(_EDGE, [{"task": task_id, "dep": edge} for edge in edges])
    about = Subject(repository=repository_id, item=item_id, task=task_id, fence=0)
    append(tx, "task.filed", now, about=about, title=title[:NOTE_MAX], runner=spec.runner, needs=parents)
    return task_id


def _status_locked(tx: Transaction, task_id: int) -> TaskStatus:
    """Parents stay locked in the order of ids: a completion either sees our edge or we see it completed."""
    lock = "" if tx.lite else " FOR SHARE"
    status = tx.scalar(f"SELECT status FROM wl_task WHERE id = :id{lock}", id=task_id)  # noqa: S608
    if status is None:
        raise NotFound(f"no task {task_id} to depend on")
    return TaskStatus(status)
