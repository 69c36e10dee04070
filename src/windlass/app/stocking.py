"""Keep work trees ready before tasks are claimed: spares, made at low priority beside the work."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from windlass import dispatch
from windlass.app.background import Background, Trouble
from windlass.dispatch import Site
from windlass.kernel import WindlassError
from windlass.sandbox import prepare_writable
from windlass.store import Transaction
from windlass.workspace import Attempt

LOOK_S: Final = 0.25
REST_S: Final = 5.0
"""After a look that broke."""
NICE: Final = 10


class Stock(Background):
    """Has up to `site.spares` work trees of a site ready: made while tasks wait for a worker, or made again
    of what attempts left; none afterwards.
    """

    def __init__(self, site: Site, *, on_trouble: Callable[[Trouble], None]) -> None:
        self._site = site
        super().__init__(
            "the spares", self._look, name="spares", pause_s=LOOK_S, rest_s=REST_S, nice=NICE,
            on_trouble=on_trouble,
        )  # fmt: skip

    def start(self) -> None:
        if self._site.spares:
            super().start()

    def join(self, wait_s: float) -> None:
        """Wait until no more is made, and throw away what was: after the last attempt was left."""
        super().join(wait_s)
        if self.started:
            with suppress(WindlassError, OSError):
                Attempt.unstock(self._site.mirror, self._site.folders.attempts)

    def _look(self) -> float:
        with suppress(WindlassError, OSError):  # whoever claims then writes the files of its tree itself
            while self.renew() or self.fill() or self.freshen():
                pass
        return LOOK_S

    def renew(self) -> bool:
        """Make a spare of what an attempt left, or throw that away; whether there was one."""
        site = self._site
        main = site.mirror.ref(site.main_ref)
        return main is not None and Attempt.renew(
            site.mirror, site.folders.attempts, main, site.spares, give=prepare_writable
        )

    def fill(self) -> int:
        """Make what is missing now; how many."""
        site = self._site
        many = min(site.spares, site.database.read(self._waiting))
        if many <= Attempt.stocked(site.mirror, site.folders.attempts):
            return 0
        main = site.mirror.ref(site.main_ref)
        if main is None:
            return 0
        return Attempt.stock(site.mirror, site.folders.attempts, main, many, give=prepare_writable)

    def freshen(self) -> bool:
        """Have one spare at main as it is now, never by the last one: a claim may come. Whether it did."""
        mirror, root = self._site.mirror, self._site.folders.attempts
        main = mirror.ref(self._site.main_ref)
        ready = Attempt.stocked(mirror, root) > 1
        return ready and main is not None and Attempt.freshen(mirror, root, main)

    def _waiting(self, tx: Transaction) -> int:
        lanes = dispatch.lanes.rows(tx, self._site.repository.id, dispatch.staff(self._site.runners).here)
        return sum(dispatch.lanes.ready(tx, lanes).values())
