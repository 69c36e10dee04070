"""Drive coding agents of others: presets as data, their events, their permissions, one verdict.

Owns: nothing durable.  Never: believes an exit code or a claim.  Start at: preset.py, command.py, verdict.py.
"""

import importlib
from typing import TYPE_CHECKING, Any

from windlass.agents.command import work_command
from windlass.agents.library import preset_named, presets
from windlass.agents.model import End
from windlass.agents.outfit import fit_out
from windlass.agents.preset import KINDS, Origin, Preset, Protocol
from windlass.agents.settings import AgentSettings

if TYPE_CHECKING:
    from windlass.agents.acp import work_acp

__all__ = [
    "KINDS", "AgentSettings", "End", "Origin", "Preset", "Protocol", "fit_out", "preset_named", "presets",
    "work_acp", "work_command",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """The ACP library loads with its first use: that takes most of a second."""
    if name != "work_acp":
        raise AttributeError(f"windlass.agents has no {name!r}")
    return importlib.import_module("windlass.agents.acp").work_acp
