"""The tasks that name the files they touch: ready and running ones never overlap, so a claim need not look.

Such a task is on record from its filing until it is closed, as an edge of `wl_dep` to minus itself. Held back
it has one more edge, to minus the task in its way, or to 0 while nobody has looked yet, and that edge counts
in `unmet`, so that the task is not in the index of ready tasks. Whatever puts a task among the ready ones
goes through here: filing and the return of a blocked task hold back first, `look` lets go.

`look` is one at a time per repository and never waits: not for its turn, not for a task that others change.
What it cannot have now the next tick looks at again.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from windlass.dispatch.apart import Ground, Waiting, settle
from windlass.dispatch.cochange import SURER_MIN, History, likely
from windlass.dispatch.globs import check_patterns, exact, plain
from windlass.events import Subject, append
from windlass.store import Row, Transaction

GUESS: Final = "~"
"""In the list of touches: what follows is predicted, twice: surer than that; alone, that nothing is."""
SURER: Final = GUESS * 2
OPEN: Final = ("pending", "planning", "in_progress", "blocked", "review_needed")
LOOK_MAX: Final = 5_000
"""Tasks that one look takes in; what comes behind them stays held back."""
_TURN_KEY: Final = 0x774C_0000_0000_0000
"""The advisory locks of looks, one per repository."""

_ON_RECORD: Final = (
    "WITH known AS MATERIALIZED (SELECT task_id FROM wl_dep WHERE dep_id < 0 AND dep_id = -task_id)"
)
"""Few, where tasks are many: what follows begins with these and asks for each task by its number."""
_KNOWN: Final = f"""{_ON_RECORD}
SELECT t.id, t.root_id, t.status, t.cls, t.ready_at, t.unmet, t.touches, t.item_id,
  (SELECT min(h.dep_id) FROM wl_dep h
   WHERE h.task_id = t.id AND h.dep_id <= 0 AND h.dep_id <> -t.id) AS behind,
  (SELECT count(*) FROM wl_lease l WHERE l.task_id = t.id) AS leased
FROM wl_task t WHERE t.id IN (SELECT task_id FROM known) AND t.repository_id + 0 = :repository
ORDER BY t.id LIMIT :limit"""  # noqa: S608

_STRANGERS: Final = """
SELECT t.id, t.root_id, t.status, {paths} AS paths,
  (SELECT count(*) FROM wl_lease l WHERE l.task_id = t.id) AS leased
FROM wl_task t WHERE t.repository_id = :repository AND t.touches = '[]'
  AND (t.status = 'planning' OR t.status = 'blocked' OR t.status = 'review_needed')
UNION ALL
SELECT t.id, t.root_id, t.status, {paths} AS paths, 1 AS leased
FROM wl_lease l JOIN wl_task t ON t.id = l.task_id
WHERE t.repository_id + 0 = :repository AND t.status || '' = 'in_progress' AND t.touches = '[]'"""
"""Those in progress are found by their leases: in the index they would be two more pages to write."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look did: ids of tasks that were let go and that were held back."""

    let_go: tuple[int, ...] = ()
    held_back: tuple[int, ...] = ()


def edges(task_id: int) -> tuple[int, int]:
    """What puts a task that is filed on record, held back until somebody looks. Its `unmet` counts that."""
    return -task_id, 0


def dump_touches(touches: Sequence[str]) -> str:
    """Patterns as a task's row keeps them; Invalid for what is none. With GUESS nothing is predicted."""
    check_patterns([pattern for pattern in touches if pattern != GUESS])
    return json.dumps(list(dict.fromkeys(touches)))


def stated(text: str) -> tuple[str, ...]:
    """What `dump_touches` wrote, without what was predicted since."""
    return tuple(pattern for pattern in json.loads(text) if not pattern.startswith(GUESS))


def come_back(tx: Transaction, task_id: int) -> bool:
    """Hold back a task that returns among the pending ones; False for one that names no files."""
    known = "EXISTS (SELECT 1 FROM wl_dep d WHERE d.task_id = :id AND d.dep_id = -:id)"
    free = "NOT EXISTS (SELECT 1 FROM wl_dep d WHERE d.task_id = :id AND d.dep_id <= 0 AND d.dep_id <> -:id)"
    held = tx.execute(
        f"UPDATE wl_task SET unmet = unmet + 1 WHERE id = :id AND {known} AND {free}",  # noqa: S608
        id=task_id,
    )
    if held:
        tx.execute("INSERT INTO wl_dep (task_id, dep_id) VALUES (:id, 0)", id=task_id)
    return held == 1


def behind(tx: Transaction, task_id: int) -> int | None:
    """The task that a held back task waits for; 0 while nobody has looked, None when it is not held back."""
    found = tx.scalar(
        "SELECT dep_id FROM wl_dep WHERE task_id = :id AND dep_id <= 0 AND dep_id <> -:id", id=task_id
    )
    return None if found is None else -int(found)


def touches(tx: Transaction, task_id: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The patterns a task names, and the files it will probably change beside them, the surer ones first."""
    text = str(tx.scalar("SELECT touches FROM wl_task WHERE id = :id", id=task_id) or "[]")
    named, probable, surer = _parse(text)
    return named, surer + probable


def unguessed(tx: Transaction, repository_id: int) -> bool:
    """Whether an open task waits for a prediction."""
    found = tx.scalar(
        f"{_ON_RECORD} SELECT 1 FROM wl_task t WHERE t.id IN (SELECT task_id FROM known)"  # noqa: S608
        " AND t.repository_id + 0 = :repository AND t.status || '' = 'pending'"
        " AND t.touches NOT LIKE :guessed LIMIT 1",
        repository=repository_id, guessed=f'%"{GUESS}%',
    )  # fmt: skip
    return found is not None


def look(tx: Transaction, repository_id: int, now: float, *, past: History | None = None) -> Looked:
    """Let go what may begin and hold back what may not, by `apart.settle`. With `past`, predict too."""
    if not tx.lite and not tx.scalar(
        "SELECT pg_try_advisory_xact_lock(:key)", key=_TURN_KEY + repository_id
    ):
        return Looked()  # somebody looks; what is new here stays held back until the next look
    known = _sorted_out(tx, tx.rows(_KNOWN, repository=repository_id, limit=LOOK_MAX))
    if not known:
        return Looked()
    if past is not None:
        known = [_predicted(tx, row, past) for row in known]
    waiting = [row for row in known if _waits(row)]
    at_work = [_ground(row) for row in known if _at_work(row)]
    at_work += [_stranger(row) for row in _strangers(tx, repository_id) if _at_work(row)]
    answer = settle(at_work, [_waiting(row) for row in waiting], now)
    return _apply(tx, repository_id, waiting, answer, now)


def _sorted_out(tx: Transaction, rows: Sequence[Row]) -> list[Row]:
    """The open ones; those that were closed meanwhile go off the record."""
    closed = [row for row in rows if row["status"] not in OPEN]
    tx.execute_many(
        "DELETE FROM wl_dep WHERE task_id = :id AND dep_id <= 0", [{"id": row["id"]} for row in closed]
    )
    return [row for row in rows if row["status"] in OPEN]


def _waits(row: Row) -> bool:
    """Pending, and nothing but its turn on the files is missing."""
    return str(row["status"]) == "pending" and int(row["unmet"]) == (0 if row["behind"] is None else 1)


def _at_work(row: Row) -> bool:
    if row["status"] == "blocked":
        return bool(row["leased"])  # its worker waits for a word and will go on
    return str(row["status"]) in ("planning", "in_progress", "review_needed")


def _strangers(tx: Transaction, repository_id: int) -> list[Row]:
    """Tasks at work that are not on record: what they may change is what their spec says."""
    paths = "json_extract(t.spec, '$.paths')" if tx.lite else "(t.spec::json -> 'paths')::text"
    return tx.rows(_STRANGERS.format(paths=paths), repository=repository_id)


def _predicted(tx: Transaction, row: Row, past: History) -> Row:
    """The row with a prediction, made once per task."""
    patterns = json.loads(row["touches"])
    if any(pattern.startswith(GUESS) for pattern in patterns):
        return row
    paths = [path for pattern in patterns if (path := plain(pattern)) is not None]
    guessed = [
        (SURER if confidence >= SURER_MIN else GUESS) + exact(path)
        for path, confidence in likely(past, paths).items()
    ] or [GUESS]
    text = json.dumps([*patterns, *guessed])
    tx.execute(
        "UPDATE wl_task SET touches = :new WHERE id = :id AND touches = :old",
        new=text, old=row["touches"], id=row["id"],
    )  # fmt: skip
    return {**row, "touches": text}


def _apply(
    tx: Transaction, repository_id: int, rows: Sequence[Row], answer: Mapping[int, int | None], now: float
) -> Looked:
    let_go, held_back = [], []
    for row in rows:
        task, blocker = int(row["id"]), answer[row["id"]]
        edge = None if blocker is None else -blocker
        if edge == row["behind"] or not _edged(tx, task, row["behind"], edge):
            continue
        about = Subject(repository_id, row["item_id"], task, None)
        if edge is None:
            let_go.append(task)
            append(tx, "task.let-go", now, about=about)
        else:
            held_back.append(task)
            append(tx, "task.held-back", now, about=about, behind=blocker)
    return Looked(tuple(let_go), tuple(held_back))


def _edged(tx: Transaction, task_id: int, old: int | None, new: int | None) -> bool:
    """Exchange the edge, if the task still is as it was and nobody changes it at this moment."""
    lock = "" if tx.lite else " FOR UPDATE SKIP LOCKED"
    before, step = (0 if old is None else 1), (new is not None) - (old is not None)
    changed = tx.execute(
        "UPDATE wl_task SET unmet = unmet + :step WHERE id = (SELECT id FROM wl_task WHERE id = :id"  # noqa: S608
        f" AND status = 'pending' AND unmet = :before{lock})",
        id=task_id, step=step, before=before,
    )  # fmt: skip
    if not changed:
        return False
    tx.execute("DELETE FROM wl_dep WHERE task_id = :id AND dep_id <= 0 AND dep_id <> -:id", id=task_id)
    if new is not None:
        tx.execute("INSERT INTO wl_dep (task_id, dep_id) VALUES (:id, :edge)", id=task_id, edge=new)
    return True


def _ground(row: Row) -> Ground:
    return Ground(row["id"], row["root_id"] or row["id"], *_parse(row["touches"]))


def _stranger(row: Row) -> Ground:
    paths: Collection[str] = json.loads(row["paths"] or "[]")
    named = tuple(exact(path) for path in paths if path.strip("*/"))  # "*" is no word about files
    return Ground(row["id"], row["root_id"] or row["id"], named)


def _waiting(row: Row) -> Waiting:
    return Waiting(_ground(row), row["cls"] / 1000, row["ready_at"], row["behind"] is not None)


def _parse(text: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What is sure, what is likely, and what is nearly sure."""
    patterns = [str(pattern) for pattern in json.loads(text)]
    found: dict[str, list[str]] = {"": [], GUESS: [], SURER: []}
    for pattern in patterns:
        mark = pattern[: len(pattern) - len(pattern.lstrip(GUESS))][: len(SURER)]
        found[mark].append(pattern[len(mark) :])
    return tuple(found[""]), tuple(filter(None, found[GUESS])), tuple(found[SURER])
