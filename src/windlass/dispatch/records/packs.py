"""Packs of submissions, for servers that do not share a disk."""

from dataclasses import dataclass

from windlass.store import Transaction


@dataclass(frozen=True, slots=True)
class KeptPack:
    """All that a commit has and its base has not; `content` is empty where it was not asked for."""

    base: str
    content: bytes


def keep_pack(
    tx: Transaction, repository_id: int, span: tuple[str, str], content: bytes, now: float
) -> None:
    """Keep the pack of `span` (commit, base), unless that commit has one."""
    commit, base = span
    tx.execute(
        "INSERT INTO wl_pack (repository_id, commit_oid, base_oid, pack, at)"
        " VALUES (:repository, :commit, :base, :content, :now) ON CONFLICT DO NOTHING",
        repository=repository_id, commit=commit, base=base, content=content, now=now,
    )  # fmt: skip


def kept_pack(tx: Transaction, repository_id: int, commit: str, *, content: bool) -> KeptPack | None:
    """The pack of a commit, with or without its content."""
    row = tx.row(
        f"SELECT base_oid{', pack' if content else ''} FROM wl_pack"  # noqa: S608 - constants only
        " WHERE repository_id = :repository AND commit_oid = :commit",
        repository=repository_id, commit=commit,
    )  # fmt: skip
    return None if row is None else KeptPack(row["base_oid"], bytes(row["pack"]) if content else b"")


def drop_packs(tx: Transaction, before: float) -> int:
    """Drop packs older than `before` whose tasks have all ended; how many."""
    return tx.execute(
        "DELETE FROM wl_pack WHERE at < :before AND NOT EXISTS (SELECT 1 FROM wl_submission s"
        " JOIN wl_task t ON t.id = s.task_id WHERE s.commit_oid = wl_pack.commit_oid"
        " AND t.repository_id = wl_pack.repository_id"
        " AND t.status NOT IN ('completed', 'failed', 'cancelled'))",
        before=before,
    )
