"""Agents that connect by themselves, over MCP, HTTP or the command line: windlass only files tasks for them.

What such a runner accepts becomes a task in its lane, the first of a guardian chain, with the risk that the
gate saw. No worker of a server claims there; whoever claims that lane gets it. A worker host whose runner has
the lane's name does, too.
"""

from dataclasses import dataclass

from windlass.dispatch import Offer
from windlass.kernel import Invalid, Tools


@dataclass(frozen=True, slots=True)
class Settings:
    """`lane`: where the tasks wait. `sources`, `rules`, `categories`: what it takes; empty: all.

    A rule that ends in `*` stands for every rule that begins so.
    """

    lane: str
    sources: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


def open(settings: Settings, tools: Tools) -> "Outside":
    if not isinstance(settings.lane, str) or not settings.lane.strip():
        raise Invalid("runner 'outside' needs a lane", hint='lane = "backend"')
    return Outside(settings)


@dataclass(frozen=True, slots=True)
class Outside:
    settings: Settings

    @property
    def lane(self) -> str:
        return self.settings.lane

    def accepts(self, offer: Offer) -> bool:
        return offer.fits(self.settings.sources, self.settings.rules, self.settings.categories)
