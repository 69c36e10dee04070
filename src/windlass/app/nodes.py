"""This process as a node: its heartbeat, its own fence, and the burial of nodes that are dead.

A node of the same data home is dead once we hold the home's lock. A node elsewhere is dead when its heartbeat
is older than BEAT_LOST_S by the database's clock. A node that finds itself declared dead ends at once: others
may already be doing its work.
"""

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from windlass import dispatch
from windlass.events import append
from windlass.kernel import Unavailable
from windlass.store import Database, Transaction

BEAT_EVERY_S: Final = 3.0
BEAT_LOST_S: Final = 15.0
FENCED_EXIT: Final = 6


class Node:
    """One running process and its row."""

    def __init__(self, database: Database, home: Path, node_id: str) -> None:
        self.id = node_id
        self._database = database
        self._host = f"{socket.gethostname()}:{home}"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)

    def join(self) -> list[str]:
        """Register, begin to beat, and return the nodes of this home that are known to be dead."""

        def enter(tx: Transaction) -> list[str]:
            now = tx.now()
            dead = tx.rows("SELECT id FROM wl_node WHERE host = :host AND state <> 'dead'", host=self._host)
            tx.execute(
                "INSERT INTO wl_node (id, host, pid, state, beat, started_at)"
                " VALUES (:id, :host, :pid, 'live', :now, :now)",
                id=self.id, host=self._host, pid=os.getpid(), now=now,
            )  # fmt: skip
            append(tx, "node.started", now, actor=self.id, pid=os.getpid())
            return [row["id"] for row in dead]

        dead = self._database.write(enter)
        self._thread.start()
        return dead

    def lost(self) -> list[str]:
        """Nodes of other hosts whose heartbeat stopped, claimed for burial by us alone."""

        def reap(tx: Transaction) -> list[str]:
            now = tx.now()
            rows = tx.rows(
                "UPDATE wl_node SET state = 'reaping', reaped_by = :me, beat = :now"
                " WHERE state IN ('live', 'left', 'reaping') AND beat < :late AND id <> :me RETURNING id",
                me=self.id, now=now, late=now - BEAT_LOST_S,
            )  # fmt: skip
            return [row["id"] for row in rows]

        return self._database.write(reap)

    def bury(self, dead: str, resume: Callable[[str], int]) -> None:
        """Release a dead node's leases, resume its workflows, mark it dead; safe to repeat."""
        released = self._database.write(lambda tx: dispatch.release_node(tx, dead, tx.now()))
        resumed = resume(dead)

        def close(tx: Transaction) -> None:
            buried = tx.execute(
                "UPDATE wl_node SET state = 'dead' WHERE id = :id AND state <> 'dead'", id=dead
            )
            if buried and (released or resumed):
                append(
                    tx, "node.buried", tx.now(), actor=self.id, node=dead, leases=len(released),
                    workflows=resumed,
                )  # fmt: skip

        self._database.write(close)

    def leave(self) -> None:
        """A clean end: leases go back at once, nobody has to wait for them to expire.

        The row stays `left`, not `dead`: workflows that were at work are still ours until somebody buries us.
        """
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=BEAT_EVERY_S)

        def out(tx: Transaction) -> None:
            now = tx.now()
            dispatch.release_node(tx, self.id, now)
            tx.execute("UPDATE wl_node SET state = 'left', beat = :now WHERE id = :id", now=now, id=self.id)
            append(tx, "node.stopped", now, actor=self.id)

        self._database.write(out)

    def _beat_on(self) -> None:
        while not self._stop.wait(BEAT_EVERY_S):
            try:
                alive = self._database.write(self._beat)
            except Unavailable:
                continue  # the next beat decides; others wait BEAT_LOST_S before they act
            if not alive and not self._stop.is_set():
                os._exit(FENCED_EXIT)

    def _beat(self, tx: Transaction) -> bool:
        changed = tx.execute(
            "UPDATE wl_node SET beat = :now WHERE id = :id AND state = 'live'", now=tx.now(), id=self.id
        )
        return changed == 1
