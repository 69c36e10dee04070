"""A coding agent that is a command (codex, opencode, gemini, aider, …), driven by a preset.

It is told its task in words, its events are read while it works, and what it leaves in the files is what
counts. How it ended is the first word of the outcome's detail.
"""

from dataclasses import dataclass

from windlass.agents import AgentSettings, Preset, Protocol, fit_out, work_command
from windlass.dispatch import Assignment, Offer, Runner, RunnerOutcome
from windlass.kernel import Tools


@dataclass(frozen=True, slots=True)
class Settings(AgentSettings):
    """`preset`: its name; `windlass agent presets` lists them. `model`: its name at the provider.

    `sources`, `rules`, `categories`: what it takes; empty: all. A rule that ends in `*` stands for every rule
    that begins so. It is ended after `idle_s` seconds without a sign of life, `timeout_s` in all, or when it
    used tools more than `acts_max` times.
    """


def open(settings: Settings, tools: Tools) -> Runner:
    return Agent(settings, settings.chosen(Protocol.COMMAND), tools)


@dataclass(frozen=True, slots=True)
class Agent:
    settings: Settings
    preset: Preset
    tools: Tools

    def accepts(self, offer: Offer) -> bool:
        return self.settings.accepts(offer)

    def work(self, assignment: Assignment) -> RunnerOutcome:
        outfit = fit_out(self.preset, self.tools, self.settings.model)
        return work_command(outfit, self.settings.terms(), assignment)
