"""The agents of a data home: which presets there are, what is installed, and whether it works."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from windlass import sandbox
from windlass.agents import Origin, Preset, preset_named, presets
from windlass.app.config import load, read_file, user_file
from windlass.app.config_sections import Config
from windlass.app.examining import Step, endure, examine
from windlass.app.home import Home
from windlass.app.installing import Tell, install, remove
from windlass.app.isolation import launcher_of
from windlass.app.programs import Installed, installed, own_presets


@dataclass(frozen=True, slots=True)
class Agency:
    """One data home's."""

    home: Home
    config: Config
    env: Mapping[str, str]

    def presets(self) -> list[Preset]:
        """Those that come with windlass and the owner's own, by name."""
        return list(presets(own_presets(self.home)).values())

    def installed(self) -> dict[str, Installed]:
        """What is installed, by the name of the program."""
        return {one.program: one for one in installed(self.home)}

    def programs(self) -> list[tuple[str, str, str]]:
        """Name, version and standing of what is installed; where its presets differ, what each says."""
        told: dict[str, dict[str, None]] = {}
        for one in self.presets():
            told.setdefault(one.program, {})[self.standing(one)] = None
        return [
            (name, one.version, "; ".join(told.get(name, ())) or "no preset names it")
            for name, one in self.installed().items()
        ]

    def standing(self, one: Preset) -> str:
        """Whether a preset can be used now, in a word or two."""
        found = self.installed().get(one.program)
        if one.source.origin is Origin.WINDLASS:
            return "ready"
        if found is None:
            return "not installed"
        return "ready" if one.supports(found.version) else f"{found.version} is not supported"

    def add(self, name: str, tell: Tell) -> Installed:
        """Install what a preset needs. Raises NotFound, Unavailable or Conflict with what to do next."""
        return install(self._named(name), self.home, self._launcher(), self.env, tell)

    def remove(self, name: str) -> bool:
        """Take it away again; whether it was there."""
        return remove(self.home, self._named(name).program)

    def examine(self, name: str) -> Iterator[Step]:
        """Whether it works here, step by step."""
        return examine(self._named(name), self.home, self._launcher())

    def endure(self, name: str) -> Iterator[Step]:
        """The same, and how it bears the bad days of its model."""
        return endure(self._named(name), self.home, self._launcher())

    def _named(self, name: str) -> Preset:
        return preset_named(name, own_presets(self.home))

    def _launcher(self) -> sandbox.Launcher:
        return launcher_of(self.config.sandbox)


def open_agency(env: Mapping[str, str] = os.environ) -> Agency:
    """Open the data home, without any repository."""
    home = Home.open(env)
    return Agency(home, load(env, user=read_file(user_file(env))).config, env)
