"""Keep the host's pull requests up to date in the background: they wait for the network, and nothing else
waits for them.
"""

import threading
from collections.abc import Callable
from typing import Final

from windlass import events, pulls
from windlass.app.crew import Trouble
from windlass.dispatch import Site
from windlass.events import Subject
from windlass.kernel import WindlassError

ROUND_S: Final = 15.0
REST_S: Final = 60.0
"""After a round that the host or the settings did not let through."""


class Puller:
    """Goes round while it `may`, and once more when it is stopped, for what has just been decided."""

    def __init__(
        self, site: Site, *, may: Callable[[], bool], on_trouble: Callable[[Trouble], None]
    ) -> None:
        self._site, self._may, self._on_trouble = site, may, on_trouble
        self._stop = threading.Event()
        self._said = ""
        self._thread = threading.Thread(target=self._keep, name=f"pull-{site.repository.id}", daemon=True)

    def start(self) -> None:
        if self._site.forge is not None and self._site.forge.pulls is not None:
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def join(self, wait_s: float) -> None:
        """Wait for the last round; what it does not reach is left to whoever tends the repository next."""
        if self._thread.ident is not None:
            self._thread.join(wait_s)

    def _keep(self) -> None:
        while not self._stop.wait(ROUND_S if self._round() else REST_S):
            pass
        self._round()

    def _round(self) -> bool:
        """Whether it went through."""
        try:
            if self._may():
                pulls.tick(self._site)
            self._said = ""
        except WindlassError as error:
            self._told(str(error))
            return False
        except Exception as error:  # the thread's edge: its house is told, the next round begins anew
            self._on_trouble(Trouble("the pull requests", error))
            return False
        return True

    def _told(self, why: str) -> None:
        """Tell why it waits, once for each reason."""
        if why == self._said:
            return
        self._said = why
        about = Subject(repository=self._site.repository.id)
        self._site.database.write(
            lambda tx: events.append(
                tx, "pull.waiting", tx.now(), about=about, severity="warning", reason=why
            )
        )
