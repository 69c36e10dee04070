"""Let many agents work at once: fourteen tools, guardian chains, evidence that is checked, standing answers.

Owns: tool calls, reviews, policies, procedures.  Never: believes a worker.  Start at: mesh.py, controller.py.
"""

from windlass.mesh import policies
from windlass.mesh.controller import Rules, Ticked, conclude, tick
from windlass.mesh.evidence import Examined, Rerun, artifacts_of, command_of, examine
from windlass.mesh.mesh import Mesh
from windlass.mesh.model import Approve, Caller, Group, KeyReused, MeshSettings, Tool
from windlass.mesh.sop import Sop, roles, texts
from windlass.mesh.sop import sop as procedure
from windlass.mesh.source import MemorySource, SiteSource, Source
from windlass.mesh.tools import TOOLS

__all__ = [
    "TOOLS", "Approve", "Caller", "Examined", "Group", "KeyReused", "MemorySource", "Mesh", "MeshSettings",
    "Rerun", "Rules", "SiteSource", "Sop", "Source", "Ticked", "Tool", "artifacts_of", "command_of",
    "conclude", "examine", "policies", "procedure", "roles", "texts", "tick",
]  # fmt: skip
