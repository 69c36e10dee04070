"""What one run of a landing needs in every step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from windlass.dispatch import Site
from windlass.land.key import LandingKey
from windlass.verify import Judgement

Judge = Callable[[Site, str, str, Sequence[str]], Judgement]
"""Judges a tree against its base tree, given the changed paths; `verify.judge_tree` in earnest."""
Known = Callable[[str, str], bool]
"""Whether a judgement of that tree against that base tree is at hand and is a pass."""
Mark = Callable[[str], None]
"""Told the name of each point a crash may come at, before what follows it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the work is, who judges it, and who is told how far it is."""

    site: Site
    judge: Judge
    known: Known
    mark: Mark
    key: LandingKey | None

    @property
    def now(self) -> float:
        return self.site.clock()
