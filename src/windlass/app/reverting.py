"""Taking landings back, and looking at the main branch, as a person asks for it."""

from typing import Final

from windlass import land
from windlass.app.config_sections import Reverts
from windlass.app.proving import Proved as Proved
from windlass.app.proving import Proving
from windlass.app.ratcheting import start_nothing
from windlass.app.wiring import Plant, new_node_id, site_of

TIER: Final = 2


class Reverting:
    """What the commands call."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._site = site_of(plant, start_nothing, new_node_id())

    def look(self, *, only: bool, tier: int | None) -> Proved:
        """Prove the main branch as it is, and file what takes back what broke it; `only`: or just tell."""
        settings = self._plant.config.land
        mode = Reverts.OFF if only else settings.revert
        return Proving(self._site, mode, tier or settings.prove_tier or TIER).look()

    @property
    def seen(self) -> land.revert.trunk.Look | None:
        """The newest look at the main branch."""
        repository = self._plant.repository
        return self._plant.database.read(
            lambda tx: land.revert.trunk.last(tx, repository.id, repository.main)
        )

    def by_hand(self, commit: str, *, reason: str, by: str) -> int:
        """File the revert of a landed commit, given by the beginning of its id or a name of git's; the task
        that does it, for whoever runs the repository.
        """
        self._plant.main_now()
        named = self._plant.checkout.commit_named(commit)
        culprit = self._plant.database.read(
            lambda tx: land.provenance.landing_of(tx, self._plant.repository.id, named)
        )
        return land.revert.take_back(self._site, culprit, land.revert.Why(reason, by))
