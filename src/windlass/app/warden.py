"""The thread that every process runs, whatever else it does: it leads, sweeps, and buries the dead.

Nothing here waits for a discovery, a verification or a person, so a dead node's work goes on within
BEAT_LOST_S and two rounds.
"""

import logging
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from windlass import dispatch, identity
from windlass.app.audit import Sealer
from windlass.app.engine import RETENTION_S, Engine
from windlass.app.leading import lead, yield_lead
from windlass.app.nodes import Node
from windlass.events import append
from windlass.kernel import Denied, Unavailable, iso
from windlass.store import Database, Transaction

ROUND_S: Final = 3.0
SELDOM_S: Final = 3600.0
_LOG: Final = logging.getLogger(__name__)
LOG: Final = 0
"""What stands for the audit log where repositories have numbers."""
PACKS_KEPT_S: Final = 86_400.0
"""How long the packs of ended tasks stay."""


class Warden:
    """`repositories`: those this process tends and may lead. `sealer`: seals the audit log, where this
    process should: one does at a time, and only one whose home has the key that the log is signed with.
    """

    def __init__(
        self, database: Database, node: Node, engine: Engine, repositories: Sequence[int], *,
        sealer: Sealer | None = None,
    ) -> None:  # fmt: skip
        self._database, self._node, self._engine, self._sealer = database, node, engine, sealer
        self._repositories = tuple(repositories)
        self._led: frozenset[int] = frozenset()
        self._seldom_at = time.monotonic() + ROUND_S
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_round, name="warden", daemon=True)
        self.round_at = 0.0
        """When the last round ended well, by the steady clock; 0 before the first."""
        self.trouble = ""
        """What stopped the last round, empty when nothing did."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread and let others lead."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(ROUND_S)
        self._led = frozenset()
        self._seal(last=True)
        self._database.write(lambda tx: yield_lead(tx, self._node.id))

    def leads(self, repository: int) -> bool:
        """Whether this process is the one that looks for work in a repository."""
        return repository in self._led

    def round(self) -> None:
        """Lead what nobody leads, end dead leases, bury dead nodes, and now and then tidy."""
        self._led = self._database.write(self._lead)
        for lost in self._node.lost():
            self._node.bury(lost, self._engine.resume)
        self._database.write(lambda tx: dispatch.sweep(tx, tx.now()))
        if time.monotonic() >= self._seldom_at:
            self._seldom_at = time.monotonic() + SELDOM_S
            self._tidy()
        self._seal()
        self.round_at, self.trouble = time.monotonic(), ""

    def _seal(self, *, last: bool = False) -> None:
        """Bring the audit log up to date, unless somebody else does. What cannot be sealed stops nothing."""
        sealer = self._sealer
        if sealer is None or not self._database.write(lambda tx: lead(tx, LOG, self._node.id)):
            return
        try:
            sealer.seal(self._database.read(lambda tx: tx.now()), force=last)
        except Denied as error:
            self._sealer = None
            self._database.write(partial(_unsealed, self._node.id, str(error)))

    def _lead(self, tx: Transaction) -> frozenset[int]:
        return frozenset(one for one in self._repositories if lead(tx, one, self._node.id))

    def _tidy(self) -> None:
        now = self._database.write(_forget)
        self._engine.forget_before(iso(now - RETENTION_S))

    def _go_round(self) -> None:
        while not self._stop.is_set():
            try:
                self.round()
            except Unavailable as error:
                self.trouble = str(error)
            except Exception as error:  # the loop: logged, the next round looks at the states anew
                told = f"{type(error).__name__}: {error}"
                if told != self.trouble:
                    _LOG.error("the warden's round broke off", exc_info=error)
                self.trouble = told
            self._stop.wait(ROUND_S)


def _unsealed(node: str, why: str, tx: Transaction) -> None:
    """Let go of the log, so that a server with its key may go on, and say so."""
    tx.execute(
        "UPDATE wl_lock SET expires_at = 0 WHERE repository_id = :log AND holder = :node", log=LOG, node=node
    )
    append(
        tx, "audit.not-sealed", tx.now(), actor=node, severity="critical", reason=why,
        advice="give this server's home the keys of the server that signed the log, then start it again",
    )  # fmt: skip


def _forget(tx: Transaction) -> float:
    now = tx.now()
    dispatch.packs.drop_packs(tx, now - PACKS_KEPT_S)
    identity.prune(tx, now)
    return now
