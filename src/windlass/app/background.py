"""What a house does in the background, in a thread of its own, until it is told to stop."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error that no worker should meet, and who met it."""

    worker: str
    error: Exception


class Background:
    """Goes round: `turn` does what is due and tells after how many seconds to come again. The first turn
    comes after `pause_s` seconds. Of one that breaks `on_trouble` is told as `what`, and the next comes after
    `rest_s` seconds, or `pause_s`. `nice`: by how much its priority, and that of all it starts, is lower than
    the house's. `eager`: the first turn comes at once, and one more when it is stopped.
    """

    def __init__(
        self, what: str, turn: Callable[[], float], *, name: str, pause_s: float,
        on_trouble: Callable[[Trouble], None], nice: int = 0, eager: bool = False,
        rest_s: float | None = None,
    ) -> None:  # fmt: skip
        self._what, self._turn, self._on_trouble = what, turn, on_trouble
        self._pause_s, self._nice, self._eager = pause_s, nice, eager
        self._rest_s = pause_s if rest_s is None else rest_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    @property
    def started(self) -> bool:
        return self._thread.ident is not None

    def join(self, wait_s: float) -> None:
        """Wait for its last turn to end; one that takes longer is left to whoever comes next."""
        if self.started:
            self._thread.join(wait_s)

    def _keep(self) -> None:
        if self._nice:  # on Linux the priority of this thread alone, and of what it starts
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), self._nice)
        pause_s = 0.0 if self._eager else self._pause_s
        while not self._stop.wait(pause_s):
            pause_s = self._once()
        if self._eager:
            self._once()

    def _once(self) -> float:
        try:
            return self._turn()
        except Exception as error:  # the thread's edge: its house is told, the next turn begins anew
            self._on_trouble(Trouble(self._what, error))
            return self._rest_s
