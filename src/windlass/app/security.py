"""Security scans of one repository, as a person asks for them."""

from windlass import scan, verify
from windlass.app.ratcheting import commit_of
from windlass.app.sarif import sarif
from windlass.app.wiring import Plant
from windlass.kernel import system_clock

__all__ = ["Scanning", "sarif"]
scans = verify.evaluation.scans


class Scanning:
    """What the commands about security call."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._main = plant.mirror.sync(plant.checkout)

    def commit(self, what: str) -> str:
        """The commit meant; nothing: the main branch's."""
        return commit_of(self._plant.mirror, what) if what else self._main

    def secrets(self, what: str, *, change: bool, history: bool) -> scans.Scanned:
        """Of the files of a branch or commit; of all that it brings to main; or of all its past."""
        commit, base = self.commit(what), "" if history else None
        if change:
            base = self._plant.mirror.merge_base(self._main, commit) or ""
        allow = scan.allowed(self._plant.config.security.allow)
        return scans.secrets(self._plant.mirror, commit, base, allow, system_clock())
