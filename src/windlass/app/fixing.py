"""Repair what tools can repair in the user's files: made in the sandbox, judged, then written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from windlass import verify
from windlass.app.ratcheting import start_nothing
from windlass.app.wiring import Plant, new_node_id, site_of
from windlass.kernel import NotFound

FILE_MAX: Final = 16 * 1024 * 1024
"""Bytes of one repaired file."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """`paths`: what differs. `written`: those of them that are in the user's files now; `busy`: those that
    somebody changed meanwhile, which were left alone. `tools`: those that were tried, with the files that
    each changed; `fresh`: those of them that repair only what is new, as the project has chosen no rules.
    `patch`: the difference. `reasons`: why nothing was written. `left`: what verify refuses of the files as
    they are after it, and no tool repairs; the tests are not asked.
    """

    paths: tuple[str, ...]
    written: tuple[str, ...]
    busy: tuple[str, ...]
    tools: Mapping[str, tuple[str, ...]]
    fresh: tuple[str, ...]
    patch: bytes
    reasons: tuple[str, ...]
    looked_at: int
    left: tuple[str, ...]


class Fixing:
    """What `windlass fix` calls."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._site = site_of(plant, start_nothing, new_node_id())

    def fix(self, paths: Sequence[str], *, dry_run: bool) -> Fixed:
        """Repair these files and those below these folders; without any, what differs from where main was
        left. What a tool makes worse is not written, nor is a file that was changed while it worked.
        """
        plant, mirror = self._plant, self._plant.mirror
        base, tree = self._base(mirror.sync(plant.checkout)), mirror.snapshot(plant.checkout)
        files = named(list(mirror.listing(tree)), paths) if paths else self._changed(base, tree)
        done = verify.evaluation.repaired(
            self._site, tree, base, files, within_s=plant.config.verify.fast_limit_s
        )
        judgement = done.judgement
        if judgement is None:
            return Fixed((), (), (), done.tools, done.fresh, b"", (), len(files), done.left)
        changed = tuple(one.path for one in mirror.changed(tree, done.tree, renames=False))
        worse = judgement.outcome is verify.Outcome.FAILED
        written = () if worse or dry_run else self._write(tree, done.tree, changed)
        busy = () if worse or dry_run else tuple(path for path in changed if path not in written)
        return Fixed(
            changed, written, busy, done.tools, done.fresh, mirror.patch(tree, done.tree),
            judgement.reasons if worse else (), len(files), done.left,
        )  # fmt: skip

    def _write(self, old: str, new: str, paths: Sequence[str]) -> tuple[str, ...]:
        mirror = self._plant.mirror
        before, after = mirror.listing(old), mirror.listing(new)
        made = dict(mirror.blobs(dict.fromkeys(after[path].oid for path in paths), FILE_MAX))
        files = {path: (before[path].oid, made[after[path].oid] or b"") for path in paths}
        return self._plant.checkout.replaced(files)

    def _base(self, main: str) -> str:
        """The tree of where main was left."""
        mirror, checkout = self._plant.mirror, self._plant.checkout
        head = checkout.head() or main
        mirror.bring(checkout, head)
        return mirror.tree_of(mirror.merge_base(main, head) or main)

    def _changed(self, base: str, tree: str) -> tuple[str, ...]:
        found = self._plant.mirror.changed(base, tree, renames=False)
        return tuple(one.path for one in found if one.status != "D")


def named(files: Sequence[str], paths: Sequence[str]) -> tuple[str, ...]:
    """The files of a tree at or below these paths; `.` is all of them."""
    found = []
    for path in paths:
        below = [file for file in files if path == "." or file == path or file.startswith(f"{path}/")]
        if not below:
            raise NotFound(f"there is no file {path!r} to verify", hint="git ls-files lists what there is")
        found += below
    return tuple(dict.fromkeys(found))
