"""What is known of a tree, and how one data home tells it to another."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from windlass import land, verify
from windlass.app.forging import forge_of
from windlass.app.wiring import Plant
from windlass.kernel import NotFound

_TREE: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
testimony = land.provenance.testimony
PublicKey = land.provenance.PublicKey


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a tree, oldest first. `reference`: where this home's own word of it is, or empty."""

    tree: str
    readings: Sequence[dict[str, Any]]
    reference: str


class Sharing:
    """What `windlass verify evidence` calls."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._key = land.provenance.landing_key(plant.home.keys)

    def known(self, name: str) -> Known:
        """What is known of a tree; `name` as for `tree`."""
        tree = self.tree(name)
        own = testimony.name_of(tree, self._key.public)
        rows = self._plant.database.read(lambda tx: verify.evidence_of(tx, tree))
        return Known(tree, rows, own if self._plant.mirror.ref(own) else "")

    def tree(self, name: str) -> str:
        """The tree of a commit, or a tree by its whole id; empty: of the files as they lie there."""
        mirror, checkout = self._plant.mirror, self._plant.checkout
        mirror.sync(checkout)
        if not name:
            return mirror.snapshot(checkout)
        try:
            commit = checkout.resolve(name)
        except NotFound:
            if _TREE.fullmatch(name):
                return name
            raise
        mirror.bring(checkout, commit)
        return mirror.tree_of(commit)

    def give(self, where: str, name: str) -> tuple[str, int]:
        """Tell of a tree, and bring another repository what was told of any: where it went, how many."""
        plant = self._plant
        url, told = self._address(where)
        testimony.testify(plant.mirror, plant.database, self.tree(name), self._key)
        timeout_s = plant.config.forge.timeout_s
        return told, testimony.give(plant.mirror, url, self._key.public, timeout_s=timeout_s)

    def take(self, where: str, keys: Sequence[PublicKey]) -> "testimony.Taken":
        """Take in what another repository holds, by this home's own key and these."""
        plant = self._plant
        url, _ = self._address(where)
        timeout_s = plant.config.forge.timeout_s
        return testimony.bring(plant.mirror, url, self._trusted(keys), plant.database, timeout_s=timeout_s)

    def restore(self, keys: Sequence[PublicKey]) -> "testimony.Taken":
        """Take in what this home's own mirror holds: its database was lost."""
        plant = self._plant
        names = plant.mirror.refs(testimony.PREFIX)
        return testimony.take(plant.mirror, names, self._trusted(keys), plant.database)

    def _trusted(self, keys: Sequence[PublicKey]) -> list[PublicKey]:
        return [self._key.public, *keys]

    def _address(self, where: str) -> tuple[str, str]:
        """An address that windlass may talk to, and the same without a login."""
        checkout, settings = self._plant.checkout, self._plant.config.forge
        forge = forge_of(replace(settings, kind="git", remote=where), checkout)
        assert forge is not None
        return checkout.remote_url(where), forge.name
