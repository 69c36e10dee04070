"""The door of a process that serves others: who comes in, and a record of everybody who was turned away."""

import threading
from collections import deque
from collections.abc import Mapping
from typing import Final

from windlass import events
from windlass.events import Subject
from windlass.identity.model import Principal, Session, Unknown
from windlass.identity.records import SEEN_EVERY_S, USED_EVERY_S, check, resolve, seen, session, touch
from windlass.identity.secret import digest, kind_of
from windlass.kernel import Clock, Denied, system_clock
from windlass.store import Database

RECORDED_PER_MINUTE_MAX: Final = 600
"""Beyond this refusals are counted, and the number stands in the next record: floods fill no disk."""
SOURCE_MAX: Final = 100
"""Characters kept of where a caller came from."""
WHY_MAX: Final = 500
TRACE: Final = 16
"""Characters of a digest that are recorded: enough to compare, too few to be of use."""
USED_MAX: Final = 10_000
"""Credentials whose last use is remembered here."""


class Door:
    """One per process; safe for many threads."""

    def __init__(self, database: Database, *, clock: Clock = system_clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._recorded: deque[float] = deque()
        self._uncounted = 0
        self._used: dict[str, float] = {}

    def enter(self, text: str | None, *, via: str, source: str = "") -> Principal:
        """Who this bearer token stands for. Unknown is raised, and recorded, when it stands for nobody.

        `via` is rest, mcp, cli or ws; `source` is where the caller came from, as far as that is known.
        """
        try:
            principal = self._database.read(lambda tx: resolve(tx, text or "", tx.now()))
        except Unknown as error:
            self._unknown(error, text or "", via, source)
            raise
        token_id = principal.token_id
        if token_id is not None and self._due(f"token {token_id}", USED_EVERY_S):
            self._database.write(lambda tx: touch(tx, token_id, tx.now()))
        return principal

    def sit(self, cookie: str, *, source: str = "") -> Session:
        """The session of a browser's cookie, like `enter`."""
        try:
            found = self._database.read(lambda tx: session(tx, cookie, tx.now()))
        except Unknown as error:
            self._unknown(error, "", "session", source)
            raise
        if self._due(digest(cookie), SEEN_EVERY_S):
            self._database.write(lambda tx: seen(tx, cookie, tx.now()))
        return found

    def recheck(self, principal: Principal, cookie: str = "") -> None:
        """Raise Unknown when the token, or the session of `cookie`, of one who is in counts no more.

        Nothing is recorded: nobody came to a door. Who came without any, such as the owner, stays.
        """
        if cookie:
            self._database.read(lambda tx: session(tx, cookie, tx.now()))
        elif (token_id := principal.token_id) is not None:
            self._database.read(lambda tx: check(tx, token_id, tx.now()))

    def refuse(
        self, principal: Principal, error: Denied, *, via: str, task: int | None = None, credential: str = ""
    ) -> None:
        """Record that a known caller was refused; a second time for the same error does nothing.

        `credential` is the lease's token that came with the call, for the case that it is the unknown one.
        """
        if isinstance(error, Unknown):
            self._unknown(error, credential, via, "", principal)
        elif _first(error):
            data = {
                "action": str(error.details.get("action", "")), "role": principal.role.value, "via": via,
                "why": str(error)[:WHY_MAX], "token": principal.token_id,
            }  # fmt: skip
            self._record("access.denied", principal, task, data)

    def _unknown(
        self, error: Unknown, text: str, via: str, source: str, principal: Principal | None = None
    ) -> None:
        """No part of the text is kept; of what looks like a token, a digest that helps to find its owner."""
        if not _first(error):
            return
        try:
            prefix, trace = kind_of(text).value, digest(text)[:TRACE]
        except Unknown:
            prefix, trace = "", ""
        data = {"via": via, "source": source[:SOURCE_MAX], "prefix": prefix, "digest": trace}
        self._record("access.unknown", principal, None, data)

    def _record(
        self, kind: str, principal: Principal | None, task: int | None, data: Mapping[str, object]
    ) -> None:
        unrecorded = self._admit(self._clock())
        if unrecorded is None:
            return
        more = {"unrecorded_before": unrecorded} if unrecorded else {}
        actor = principal.subject if principal else "nobody"
        about = Subject(repository=principal.repository if principal else None, task=task)
        self._database.write(
            lambda tx: events.append(tx, kind, tx.now(), actor=actor, about=about, **data, **more)
        )

    def _admit(self, now: float) -> int | None:
        """How many refusals went unrecorded before this one; None when this one does too."""
        with self._lock:
            while self._recorded and self._recorded[0] <= now - 60.0:
                self._recorded.popleft()
            if len(self._recorded) >= RECORDED_PER_MINUTE_MAX:
                self._uncounted += 1
                return None
            self._recorded.append(now)
            before, self._uncounted = self._uncounted, 0
            return before

    def _due(self, key: str, every_s: float) -> bool:
        """Whether it is time to note that this credential is in use."""
        now = self._clock()
        with self._lock:
            if now < self._used.get(key, 0.0) + every_s:
                return False
            if len(self._used) >= USED_MAX:
                self._used.clear()
            self._used[key] = now
            return True


def _first(error: Denied) -> bool:
    """Whether this refusal is told for the first time; from now on it is not."""
    told = error.details.get("recorded") is True
    error.details["recorded"] = True
    return not told
