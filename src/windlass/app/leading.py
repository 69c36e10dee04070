"""Which of several servers looks for work in a repository: one at a time, by a lease in the database.

All of them claim, verify and land; only the leader discovers, files tasks and starts again what stands still.
Two leaders for a moment do no harm, since every write is conditional: this saves work and conflicts.
"""

from typing import Final

from windlass.store import Transaction

RESOURCE: Final = "windlass:leader"
LEAD_S: Final = 15.0
"""How long a leader leads without saying so again."""
BEYOND_S: Final = 4 * LEAD_S
"""A term that ends later than this was given before the database's clock was set back."""


def lead(tx: Transaction, repository_id: int, node: str) -> bool:
    """Take or keep the lead for LEAD_S; False while another living node has it."""
    now = tx.now()
    changed = tx.execute(
        "INSERT INTO wl_lock (repository_id, resource, holder, fence, expires_at)"
        " VALUES (:repository, :resource, :node, 1, :until) ON CONFLICT (repository_id, resource) DO UPDATE"
        " SET fence = wl_lock.fence + CASE WHEN wl_lock.holder = excluded.holder THEN 0 ELSE 1 END,"
        " holder = excluded.holder, expires_at = excluded.expires_at"
        " WHERE wl_lock.holder = excluded.holder OR wl_lock.expires_at <= :now"
        " OR wl_lock.expires_at > :beyond OR NOT EXISTS"
        " (SELECT 1 FROM wl_node n WHERE n.id = wl_lock.holder AND n.state = 'live')",
        repository=repository_id, resource=RESOURCE, node=node, until=now + LEAD_S, now=now,
        beyond=now + BEYOND_S,
    )  # fmt: skip
    return changed == 1


def yield_lead(tx: Transaction, node: str) -> None:
    """Let go of every repository this node leads, so that another one goes on at once."""
    tx.execute(
        "UPDATE wl_lock SET expires_at = 0 WHERE resource = :resource AND holder = :node",
        resource=RESOURCE, node=node,
    )  # fmt: skip


def leader(tx: Transaction, repository_id: int) -> str | None:
    """The node that leads now, None when there is none."""
    found: str | None = tx.scalar(
        "SELECT holder FROM wl_lock WHERE repository_id = :repository AND resource = :resource"
        " AND expires_at > :now",
        repository=repository_id, resource=RESOURCE, now=tx.now(),
    )  # fmt: skip
    return found
