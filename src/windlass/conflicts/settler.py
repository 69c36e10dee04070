"""Settle conflicts where a repository is tended: with what its settings name, the sandbox makes, and landings
have taught.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from windlass.conflicts import records, settling
from windlass.conflicts.generated import parse_generated
from windlass.conflicts.model import Settled, Unsettled
from windlass.conflicts.regenerating import make
from windlass.conflicts.resolution import Resolution
from windlass.conflicts.settling import Workshop
from windlass.dispatch import Site


def settle(site: Site, base: str, ours: str, theirs: str) -> Settled | Unsettled:
    """Merge two commits on this base, see `settling.settle`. Runs what the settings name in the sandbox."""
    workshop = Workshop(parse_generated(site.conflicts), partial(make, site), partial(_recall, site))
    return settling.settle(site.mirror, base, ours, theirs, workshop)


def _recall(site: Site, ids: Sequence[str]) -> Mapping[str, Resolution]:
    found = site.database.read(lambda tx: records.recall(tx, site.repository.id, ids))
    return {one.id: one for one in found}
