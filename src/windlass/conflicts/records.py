"""Clashes as rows: one for each landing and path, as its newest try found it."""

from collections.abc import Sequence
from typing import Final

from windlass.conflicts.model import Clash, Ending, Kind, Means, Met, Past
from windlass.conflicts.resolution import Resolution
from windlass.store import Row, Transaction

NOTE_MAX: Final = 1_000
"""Characters of a note that are kept."""
CLASHES_MAX: Final = 1_000
"""Of one merge that are kept; who has more has another trouble."""
LEARNED_MAX: Final = 50
"""Clashes of one task from which is learned."""
RESOLUTIONS_MAX: Final = 5_000
"""The newest resolutions of a repository that are looked at."""
PAST_MAX: Final = 20_000
"""The newest rows that statistics are made from."""
_RESOLUTION: Final = "id, text, path, task_id, commit_oid, at, used"


def meet(tx: Transaction, repository: int, landing: int, task: int, met: Met, *, now: float) -> None:
    """Keep what a merge met, in place of what an earlier try of the same landing did. `task`: the work that
    is to land, whoever checked it since.
    """
    for one in met.clashes[:CLASHES_MAX]:
        tx.execute(
            "INSERT INTO wl_conflict (repository_id, landing_id, task_id, path, kind, base_oid, ours_oid,"
            " theirs_oid, means, content_oid, note, resolutions, at) VALUES (:repository, :landing, :task,"
            " :path, :kind, :base, :ours, :theirs, :means, :oid, :note, :resolutions, :now)"
            " ON CONFLICT (landing_id, path) DO UPDATE SET"
            " kind = excluded.kind, base_oid = excluded.base_oid, ours_oid = excluded.ours_oid,"
            " theirs_oid = excluded.theirs_oid, means = excluded.means, content_oid = excluded.content_oid,"
            " note = excluded.note, resolutions = excluded.resolutions WHERE wl_conflict.ended = ''",
            repository=repository, landing=landing, task=task, path=_stored(one.path), kind=one.kind.value,
            base=met.base, ours=met.ours, theirs=met.theirs, means=one.means.value if one.means else "",
            oid=one.oid, note=one.note[:NOTE_MAX], resolutions=" ".join(one.resolutions), now=now,
        )  # fmt: skip
        for used in one.resolutions:
            tx.execute(
                "UPDATE wl_resolution SET used = used + 1 WHERE repository_id = :repository AND id = :id",
                repository=repository, id=used,
            )  # fmt: skip


def refused(tx: Transaction, repository: int, landing: int, reason: str) -> None:
    """What settled the clashes of a landing did not pass its test: they are open again, and the resolutions
    that were used are forgotten.
    """
    for row in tx.rows("SELECT resolutions FROM wl_conflict WHERE landing_id = :landing", landing=landing):
        forget(tx, repository, row["resolutions"].split())
    tx.execute(
        "UPDATE wl_conflict SET means = '', content_oid = '', note = :note"
        " WHERE landing_id = :landing AND means <> '' AND ended = ''",
        landing=landing, note=f"what settled it did not pass: {reason}"[:NOTE_MAX],
    )  # fmt: skip


def end(tx: Transaction, landing: int, task: int, ending: Ending, *, commit: str, now: float) -> None:
    """All clashes of a task end: those that this landing settled as settled, the others by `ending`."""
    tx.execute(
        "UPDATE wl_conflict SET ended = CASE WHEN landing_id = :landing AND means <> '' THEN :settled"
        " ELSE :ending END, commit_oid = :commit, ended_at = :now WHERE task_id = :task AND ended = ''",
        landing=landing, settled=Ending.SETTLED.value, ending=ending.value, commit=commit, now=now, task=task,
    )  # fmt: skip


def settled(tx: Transaction, landing: int, ours: str | None = None) -> list[Clash]:
    """What was settled in the merge of a landing with the commit `ours`, or in its newest try, by path."""
    given, only = ({}, "") if ours is None else ({"ours": ours}, " AND ours_oid = :ours")
    rows = tx.rows(
        "SELECT path, kind, means, content_oid, note, resolutions FROM wl_conflict"  # noqa: S608
        f" WHERE landing_id = :landing{only} AND means <> '' ORDER BY path",
        landing=landing, **given,
    )  # fmt: skip
    return [_clash(row) for row in rows]


def past(tx: Transaction, repository: int, since: float) -> list[Past]:
    """The newest clashes of a repository that were met at or after `since`, oldest first."""
    rows = tx.rows(
        "SELECT task_id, landing_id, path, kind, means, content_oid, note, resolutions, ended, at,"
        " ended_at FROM wl_conflict WHERE repository_id = :repository AND at >= :since"
        " ORDER BY id DESC LIMIT :limit",
        repository=repository, since=since, limit=PAST_MAX,
    )  # fmt: skip
    return [
        Past(row["task_id"], row["landing_id"], _clash(row), Ending(row["ended"]), row["at"], row["ended_at"])
        for row in reversed(rows)
    ]


def _clash(row: Row) -> Clash:
    means = Means(row["means"]) if row["means"] else None
    used = tuple(row["resolutions"].split())
    return Clash(row["path"], Kind(row["kind"]), means, row["content_oid"], row["note"], used)


def _stored(path: str) -> str:
    """A path as text that every database takes: bytes that are not UTF-8 are escaped."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def handed_back(tx: Transaction, task: int) -> list[tuple[str, Met]]:
    """The clashes of a task that nothing settled and that have not ended: each path, and of which commits."""
    rows = tx.rows(
        "SELECT path, base_oid, ours_oid, theirs_oid FROM wl_conflict WHERE task_id = :task AND ended = ''"
        " AND means = '' AND kind = :kind ORDER BY id LIMIT :limit",
        task=task, kind=Kind.FILE.value, limit=LEARNED_MAX,
    )  # fmt: skip
    return [(row["path"], Met(row["base_oid"], row["ours_oid"], row["theirs_oid"])) for row in rows]


def keep(tx: Transaction, repository: int, learned: Sequence[Resolution]) -> None:
    """Remember resolutions, in place of older ones of the same hunk."""
    for one in learned:
        tx.execute(
            "INSERT INTO wl_resolution (repository_id, id, text, path, task_id, commit_oid, at) VALUES"
            " (:repository, :id, :text, :path, :task, :commit, :at) ON CONFLICT (repository_id, id) DO UPDATE"
            " SET text = excluded.text, path = excluded.path, task_id = excluded.task_id,"
            " commit_oid = excluded.commit_oid, at = excluded.at, used = 0",
            repository=repository, id=one.id, text=one.text, path=one.path, task=one.task, commit=one.commit,
            at=one.at,
        )  # fmt: skip


def resolutions(tx: Transaction, repository: int) -> list[Resolution]:
    """The newest resolutions of a repository."""
    rows = tx.rows(
        f"SELECT {_RESOLUTION} FROM wl_resolution WHERE repository_id = :repository"  # noqa: S608
        " ORDER BY at DESC, id LIMIT :limit",
        repository=repository, limit=RESOLUTIONS_MAX,
    )  # fmt: skip
    return [_resolution(row) for row in rows]


def forget(tx: Transaction, repository: int, ids: Sequence[str]) -> int:
    """Forget resolutions; how many there were."""
    return sum(
        tx.execute(
            "DELETE FROM wl_resolution WHERE repository_id = :repository AND id = :id",
            repository=repository, id=one,
        )
        for one in ids
    )  # fmt: skip


def recall(tx: Transaction, repository: int, ids: Sequence[str]) -> list[Resolution]:
    """Those of these resolutions that are known."""
    rows = [
        tx.row(
            f"SELECT {_RESOLUTION} FROM wl_resolution"  # noqa: S608
            " WHERE repository_id = :repository AND id = :id",
            repository=repository, id=one,
        )
        for one in dict.fromkeys(ids)
    ]  # fmt: skip
    return [_resolution(row) for row in rows if row is not None]


def _resolution(row: Row) -> Resolution:
    return Resolution(
        row["id"], row["text"], row["path"], row["task_id"], row["commit_oid"], row["at"], row["used"]
    )
