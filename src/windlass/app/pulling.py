"""Keep the host's pull requests up to date in the background: they wait for the network, and nothing else
waits for them.
"""

from collections.abc import Callable
from typing import Final

from windlass import events, pulls
from windlass.app.background import Background, Trouble
from windlass.dispatch import Site
from windlass.events import Subject
from windlass.kernel import WindlassError

ROUND_S: Final = 15.0
REST_S: Final = 60.0
"""After a round that the host or the settings did not let through, or that broke."""


class Puller(Background):
    """Goes round while it `may`, and once more when it is stopped, for what has just been decided."""

    def __init__(
        self, site: Site, *, may: Callable[[], bool], on_trouble: Callable[[Trouble], None]
    ) -> None:
        self._site, self._may, self._said = site, may, ""
        super().__init__(
            "the pull requests", self._round, name=f"pull-{site.repository.id}", pause_s=REST_S,
            on_trouble=on_trouble, eager=True,
        )  # fmt: skip

    def start(self) -> None:
        if self._site.forge is not None and self._site.forge.pulls is not None:
            super().start()

    def _round(self) -> float:
        try:
            if self._may():
                pulls.tick(self._site)
        except WindlassError as error:
            self._told(str(error))
            return REST_S
        self._said = ""
        return ROUND_S

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
