"""What every runner that drives an agent is set to, whatever the agent speaks."""

from dataclasses import dataclass
from typing import Final

from windlass.agents.library import preset_named
from windlass.agents.model import Bounds, Terms
from windlass.agents.preset import Preset, Protocol
from windlass.dispatch import Offer
from windlass.kernel import Invalid

_KINDS: Final = {Protocol.COMMAND: ("is a command", "agent"), Protocol.ACP: ("speaks ACP", "acp")}
"""What is said of a preset of this protocol, and the kind of runner that drives it."""


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """`preset`: its name, or itself; `model`: its name at the provider. `sources`, `rules`, `categories`:
    what it takes. `idle_s`, `timeout_s`, `acts_max`: see `Bounds`.
    """

    preset: str | Preset
    model: str
    sources: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    idle_s: float = 300.0
    timeout_s: float = 1800.0
    acts_max: int = 200

    def chosen(self, protocol: Protocol) -> Preset:
        """The preset itself. Raises Invalid unless it speaks so, and for what cannot be worked with."""
        found = preset_named(self.preset) if isinstance(self.preset, str) else self.preset
        if found.protocol is not protocol:
            said, kind = _KINDS[found.protocol]
            raise Invalid(f"preset {found.name!r} {said}", hint=f'kind = "{kind}"')
        if not self.model or min(self.idle_s, self.timeout_s, self.acts_max) <= 0:
            raise Invalid(f"runner {_KINDS[protocol][1]!r} needs the name of a model, and bounds above 0")
        return found

    def terms(self, kinds: frozenset[str] = frozenset()) -> Terms:
        """On which it works."""
        return Terms(self.model, Bounds(self.idle_s, self.timeout_s, self.acts_max), kinds)

    def accepts(self, offer: Offer) -> bool:
        """Whether it takes such work."""
        return offer.fits(self.sources, self.rules, self.categories)
