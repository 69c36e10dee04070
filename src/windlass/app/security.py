"""Security scans of one repository, as a person asks for them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from windlass import __version__, scan, verify
from windlass.app.ratcheting import start_nothing
from windlass.app.sarif import sarif
from windlass.app.wiring import Plant, new_node_id, site_of
from windlass.kernel import system_clock

__all__ = ["Scanning", "sarif"]
scans = verify.evaluation.scans
SCANS: Final = {
    "secrets": "", "code": "ruff_security", "dependencies": "dependencies", "licences": "licences",
    "workflows": "workflows",
}  # fmt: skip
"""What a person calls a scan, and its kind of check; secrets are looked for without one."""


class Scanning:
    """What the commands about security call."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._main = plant.mirror.sync(plant.checkout)

    def commit(self, what: str) -> str:
        """The commit meant; nothing: the main branch's."""
        return self._plant.commit_of(what) if what else self._main

    def scan(self, what: str, names: Sequence[str]) -> list[scans.Scanned]:
        """Scans of a branch or commit by their names, in the sandbox where programs are needed."""
        commit, others = self.commit(what), [SCANS[name] for name in names if name != "secrets"]
        found = [self.secrets(what, change=False, history=False)] if "secrets" in names else []
        if not others:
            return found
        site = site_of(self._plant, start_nothing, new_node_id())
        tree = self._plant.mirror.tree_of(commit)
        told = {kind: name for name, kind in SCANS.items()}
        return found + [replace(one, scan=told[one.scan]) for one in scans.of_tree(site, tree, others)]

    def sbom(self, what: str) -> dict[str, Any]:
        """What a branch or commit depends on by its lock files and requirements, as CycloneDX 1.6."""
        commit, mirror = self.commit(what), self._plant.mirror
        listed = scans.dependencies(mirror, mirror.tree_of(commit))
        return scan.sbom(listed, self._plant.repository.name, commit, __version__)

    def secrets(self, what: str, *, change: bool, history: bool) -> scans.Scanned:
        """Of the files of a branch or commit; of all that it brings to main; or of all its past."""
        commit, base = self.commit(what), "" if history else None
        if change:
            base = self._plant.mirror.merge_base(self._main, commit) or ""
        allow = scan.allowed(self._plant.config.security.allow)
        return scans.secrets(self._plant.mirror, commit, base, allow, system_clock())
