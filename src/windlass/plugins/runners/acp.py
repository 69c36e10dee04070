"""A coding agent that speaks ACP (opencode, gemini, codex-acp, …), driven by a preset.

It asks before it acts: tools of the allowed kinds are granted once each, inside the attempt's files; all
others are refused. How it ended is the first word of the outcome's detail.
"""

from dataclasses import dataclass

from windlass.agents import KINDS, AgentSettings, Preset, Protocol, fit_out, work_acp
from windlass.dispatch import Assignment, Offer, Runner, RunnerOutcome
from windlass.kernel import Invalid, Tools


@dataclass(frozen=True, slots=True)
class Settings(AgentSettings):
    """`preset`: its name; `windlass agent presets` lists them. `model`: its name at the provider.

    `sources`, `rules`, `categories`: what it takes; empty: all. A rule that ends in `*` stands for every rule
    that begins so. `allow` and `refuse`: kinds of tools (read, edit, delete, move, search, execute, think,
    fetch, switch_mode, other), added to and taken from those the preset allows. It is ended after `idle_s`
    seconds without a sign of life, `timeout_s` in all, or when it used tools more than `acts_max` times.
    """

    allow: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()


def open(settings: Settings, tools: Tools) -> Runner:
    chosen = settings.chosen(Protocol.ACP)
    if unknown := {*settings.allow, *settings.refuse} - KINDS:
        known = ", ".join(sorted(KINDS))
        raise Invalid(f"runner 'acp' knows no kinds of tools {sorted(unknown)}", hint=f"known: {known}")
    return Acp(settings, chosen, tools)


@dataclass(frozen=True, slots=True)
class Acp:
    settings: Settings
    preset: Preset
    tools: Tools

    def accepts(self, offer: Offer) -> bool:
        return self.settings.accepts(offer)

    def work(self, assignment: Assignment) -> RunnerOutcome:
        it = self.settings
        kinds = self.preset.allow.union(it.allow).difference(it.refuse)
        return work_acp(fit_out(self.preset, self.tools, it.model), it.terms(kinds), assignment)
