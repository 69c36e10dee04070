"""Ask a host that does not answer less and less often: whoever asks in between hears what it said last."""

import threading
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from windlass.forge.model import Unreachable
from windlass.forge.port import Forge
from windlass.forge.pulls import Light, Offer, Pull, Pulls
from windlass.kernel import Clock
from windlass.workspace import Mirror

FIRST_S: Final = 5.0
PAUSE_MAX_S: Final = 600.0
ASKED_FOR_MAX_S: Final = 3_600.0
"""The longest pause that a host may ask for."""

T = TypeVar("T")


def pause_s(failures: int, asked_for_s: float = 0.0) -> float:
    """Seconds it is left alone after failures in a row: 5, doubled with each, 600 at most; or as long as it
    asked for, if that is longer.
    """
    return max(min(FIRST_S * 2.0 ** min(failures - 1, 30), PAUSE_MAX_S), min(asked_for_s, ASKED_FOR_MAX_S))


class Patience:
    """`steady` are seconds that only grow. Safe from several threads."""

    def __init__(self, steady: Clock) -> None:
        self._steady, self._lock = steady, threading.Lock()
        self._failures, self._until, self._said = 0, 0.0, ""

    def asked(self, ask: Callable[[], T]) -> T:
        """Ask, or in a pause hear what was said last."""
        with self._lock:
            if self._steady() < self._until:
                raise Unreachable(self._said)
        try:
            found = ask()
        except Unreachable as error:
            with self._lock:
                self._failures += 1
                self._until = self._steady() + pause_s(self._failures, error.after_s)
                self._said = str(error)
            raise
        with self._lock:
            self._failures, self._until = 0, 0.0
        return found


class Patient:
    """A host, asked with patience; of its pull requests it is asked with a patience of their own, since one
    may answer while the other does not.
    """

    def __init__(self, forge: Forge, steady: Clock) -> None:
        self._forge, self._asked = forge, Patience(steady).asked
        self.name, self.trunk, self.proposals = forge.name, forge.trunk, forge.proposals
        self.pulls: Pulls | None = None if forge.pulls is None else PatientPulls(forge.pulls, steady)

    def ref(self, mirror: Mirror, name: str) -> str | None:
        return self._asked(lambda: self._forge.ref(mirror, name))

    def bring(self, mirror: Mirror, name: str) -> str | None:
        return self._asked(lambda: self._forge.bring(mirror, name))

    def publish(self, mirror: Mirror, oid: str, name: str, *, expected: str | None, message: str) -> None:
        self._asked(lambda: self._forge.publish(mirror, oid, name, expected=expected, message=message))

    def rehearse(self, mirror: Mirror, name: str) -> str:
        return self._asked(lambda: self._forge.rehearse(mirror, name))


class PatientPulls:
    """The pull requests of a host, asked with patience: one for its API, one for its git."""

    def __init__(self, pulls: Pulls, steady: Clock) -> None:
        self._pulls, self._asked = pulls, Patience(steady).asked
        self._fetched = Patience(steady).asked

    def opened(self) -> Sequence[Pull]:
        return self._asked(self._pulls.opened)

    def pull(self, number: int) -> Pull | None:
        return self._asked(lambda: self._pulls.pull(number))

    def offer(self, offer: Offer) -> Pull:
        return self._asked(lambda: self._pulls.offer(offer))

    def say(self, number: int, text: str) -> None:
        self._asked(lambda: self._pulls.say(number, text))

    def close(self, number: int) -> None:
        self._asked(lambda: self._pulls.close(number))

    def drop(self, mirror: Mirror, branch: str, commit: str) -> None:
        self._asked(lambda: self._pulls.drop(mirror, branch, commit))

    @property
    def queues(self) -> bool:
        return self._pulls.queues

    def wanted(self, pull: Pull, base: str) -> bool:
        return self._pulls.wanted(pull, base)

    def may_write(self, author: str) -> bool:
        return self._asked(lambda: self._pulls.may_write(author))

    def fetch(self, into: Mirror, pull: Pull) -> None:
        self._fetched(lambda: self._pulls.fetch(into, pull))

    def light(self, commit: str, light: Light, text: str) -> None:
        self._asked(lambda: self._pulls.light(commit, light, text))

    def put_back(self, number: int) -> None:
        self._asked(lambda: self._pulls.put_back(number))
