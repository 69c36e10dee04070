"""A coding agent that is a command (codex, opencode, gemini, aider, …), driven by a preset.

It is told its task in words, its events are read while it works, and what it leaves in the files is what
counts. How it ended is the first word of the outcome's detail.
"""

from dataclasses import dataclass

from windlass.agents import Bounds, Preset, Protocol, Terms, fit_out, preset_named, work_command
from windlass.dispatch import Assignment, Offer, Runner, RunnerOutcome
from windlass.kernel import Invalid, Tools


@dataclass(frozen=True, slots=True)
class Settings:
    """`preset`: its name; `windlass agent presets` lists them. `model`: its name at the provider.

    `sources`, `rules`, `categories`: what it takes; empty: all. A rule that ends in `*` stands for every rule
    that begins so. It is ended after `idle_s` seconds without a sign of life, `timeout_s` in all, or when it
    used tools more than `acts_max` times.
    """

    preset: str | Preset
    model: str
    sources: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    idle_s: float = 300.0
    timeout_s: float = 1800.0
    acts_max: int = 200


def open(settings: Settings, tools: Tools) -> Runner:
    chosen = preset_named(settings.preset) if isinstance(settings.preset, str) else settings.preset
    if chosen.protocol is not Protocol.COMMAND:
        raise Invalid(f"preset {chosen.name!r} speaks ACP", hint='kind = "acp"')
    if not settings.model or min(settings.idle_s, settings.timeout_s, settings.acts_max) <= 0:
        raise Invalid("runner 'agent' needs the name of a model, and bounds above 0")
    return Agent(settings, chosen, tools)


@dataclass(frozen=True, slots=True)
class Agent:
    settings: Settings
    preset: Preset
    tools: Tools

    def accepts(self, offer: Offer) -> bool:
        return offer.fits(self.settings.sources, self.settings.rules, self.settings.categories)

    def work(self, assignment: Assignment) -> RunnerOutcome:
        it = self.settings
        terms = Terms(it.model, Bounds(it.idle_s, it.timeout_s, it.acts_max))
        return work_command(fit_out(self.preset, self.tools, it.model), terms, assignment)
