"""Ask a host that does not answer less and less often: whoever asks in between hears what it said last."""

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from windlass.forge.model import Unreachable
from windlass.forge.port import Forge
from windlass.kernel import Clock
from windlass.workspace import Mirror

FIRST_S: Final = 5.0
PAUSE_MAX_S: Final = 600.0

T = TypeVar("T")


def pause_s(failures: int) -> float:
    """Seconds it is left alone after failures in a row: 5, doubled with each, 600 at most."""
    return min(FIRST_S * 2.0 ** min(failures - 1, 30), PAUSE_MAX_S)


class Patient:
    """A host, asked with patience; `steady` are seconds that only grow. Safe from several threads."""

    def __init__(self, forge: Forge, steady: Clock) -> None:
        self._forge, self._steady, self._lock = forge, steady, threading.Lock()
        self._failures, self._until, self._said = 0, 0.0, ""
        self.name, self.trunk, self.proposals = forge.name, forge.trunk, forge.proposals

    def ref(self, mirror: Mirror, name: str) -> str | None:
        return self._asked(lambda: self._forge.ref(mirror, name))

    def bring(self, mirror: Mirror, name: str) -> str | None:
        return self._asked(lambda: self._forge.bring(mirror, name))

    def publish(self, mirror: Mirror, oid: str, name: str, *, expected: str | None, message: str) -> None:
        self._asked(lambda: self._forge.publish(mirror, oid, name, expected=expected, message=message))

    def rehearse(self, mirror: Mirror, name: str) -> str:
        return self._asked(lambda: self._forge.rehearse(mirror, name))

    def _asked(self, ask: Callable[[], T]) -> T:
        with self._lock:
            if self._steady() < self._until:
                raise Unreachable(self._said)
        try:
            found = ask()
        except Unreachable as error:
            with self._lock:
                self._failures += 1
                self._until, self._said = self._steady() + pause_s(self._failures), str(error)
            raise
        with self._lock:
            self._failures, self._until = 0, 0.0
        return found
