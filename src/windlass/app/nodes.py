"""This process as a node: its heartbeat, its own fence, and the burial of nodes that are dead.

A node of the same data home is dead once we hold the home's lock. One that left is done by its own word. Any
other is dead when its heartbeat was seen unchanged for BEAT_LOST_S. A node that finds itself declared dead
ends at once: others may already be doing its work.
"""

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from windlass import __version__, dispatch
from windlass.app.silence import Heard, listen, silent
from windlass.events import append
from windlass.kernel import Unavailable
from windlass.store import Database, Row, Transaction

BEAT_EVERY_S: Final = 3.0
BEAT_LOST_S: Final = 15.0
FENCED_EXIT: Final = 6
IDENTITY: Final = "identity"
IDENTITY_MAX: Final = 64


class Node:
    """One running process and its row. `url`: where its API answers, empty without one."""

    def __init__(
        self, database: Database, home: Path, node_id: str, *, url: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.id = node_id
        self.beat_at = monotonic()
        """When the last beat was written, by our own steady clock."""
        self._database, self._url, self._monotonic = database, url, monotonic
        self._host = f"{socket.gethostname()}:{home}#{identity(home)}"
        self._heard: dict[str, Heard] = {}
        self._looked_at = monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)

    def join(self) -> list[str]:
        """Register, begin to beat, and return the nodes of this home that are known to be dead."""

        def enter(tx: Transaction) -> list[str]:
            now = tx.now()
            dead = tx.rows("SELECT id FROM wl_node WHERE host = :host AND state <> 'dead'", host=self._host)
            tx.execute(
                "INSERT INTO wl_node (id, host, pid, state, beat, started_at, url, version)"
                " VALUES (:id, :host, :pid, 'live', :now, :now, :url, :version)",
                id=self.id, host=self._host, pid=os.getpid(), now=now, url=self._url, version=__version__,
            )  # fmt: skip
            append(tx, "node.started", now, actor=self.id, pid=os.getpid())
            return [row["id"] for row in dead]

        dead = self._database.write(enter)
        self._thread.start()
        return dead

    def lost(self) -> list[str]:
        """Look once: nodes that left or whose heartbeat stopped, claimed for burial by us alone.

        Silence adds up from look to look, so this is to be called every few seconds.
        """
        rows = self._database.read(_others(self.id))
        now = self._monotonic()
        beats = {row["id"]: float(row["beat"]) for row in rows}
        self._heard = listen(self._heard, beats, now - self._looked_at)
        self._looked_at = now
        gone = {row["id"]: float(row["beat"]) for row in rows if row["state"] == "left"}
        dead = {**gone, **silent(self._heard, BEAT_LOST_S)}
        return [node for node, beat in dead.items() if self._reap(node, beat)]

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

    def release(self) -> None:
        """Give back every lease of this node's own workers; they notice and stop."""
        self._database.write(lambda tx: dispatch.release_node(tx, self.id, tx.now()))

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
            tx.execute(
                "UPDATE wl_node SET state = 'left', beat = :now WHERE id = :id AND state = 'live'",
                now=now, id=self.id,
            )  # fmt: skip
            append(tx, "node.stopped", now, actor=self.id)

        self._database.write(out)

    def _reap(self, node: str, beat: float) -> bool:
        """Claim a burial, unless the node beat meanwhile or somebody else was faster."""

        def reap(tx: Transaction) -> bool:
            changed = tx.execute(
                "UPDATE wl_node SET state = 'reaping', reaped_by = :me, beat = :now"
                " WHERE id = :id AND beat = :beat AND state IN ('live', 'left', 'reaping')",
                me=self.id, now=tx.now(), id=node, beat=beat,
            )  # fmt: skip
            return changed == 1

        return self._database.write(reap)

    def _beat_on(self) -> None:
        while not self._stop.wait(BEAT_EVERY_S):
            try:
                alive = self._database.write(self._beat)
            except Unavailable:
                continue  # the next beat decides; others do not count silence while the database is away
            if not alive and not self._stop.is_set():
                os._exit(FENCED_EXIT)
            self.beat_at = self._monotonic()

    def _beat(self, tx: Transaction) -> bool:
        changed = tx.execute(
            "UPDATE wl_node SET beat = :now WHERE id = :id AND state = 'live'", now=tx.now(), id=self.id
        )
        return changed == 1


def identity(home: Path) -> str:
    """The name that tells this data home from one at the same path of a host of the same name."""
    place, made = home / IDENTITY, home / f".{IDENTITY}-{os.getpid()}-{threading.get_ident()}"
    try:
        if not place.exists():
            made.write_text(uuid.uuid4().hex[:12])
            with suppress(FileExistsError):
                os.link(made, place)  # whole or not at all
            made.unlink()
        with place.open() as file:
            return file.read(IDENTITY_MAX).strip()
    except OSError as error:
        raise Unavailable(f"{place} cannot be used: {error.strerror}", hint="look at its disk") from error


def url_of(tx: Transaction, node: str) -> str:
    """Where the API of a living node answers; empty where it has none, or is no longer there."""
    return str(tx.scalar("SELECT url FROM wl_node WHERE id = :id AND state = 'live'", id=node) or "")


def _others(me: str) -> Callable[[Transaction], list[Row]]:
    def look(tx: Transaction) -> list[Row]:
        return tx.rows("SELECT id, state, beat FROM wl_node WHERE state <> 'dead' AND id <> :me", me=me)

    return look
