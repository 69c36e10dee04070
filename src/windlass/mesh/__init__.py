"""Let many agents work at once: fourteen tools, guardian chains, evidence that is checked, standing answers.

Owns: tool calls, reviews, policies, procedures.  Never: believes a worker.  Start at: mesh.py, controller.py.
"""

from windlass.mesh import policies
from windlass.mesh.controller import Rules, conclude, prove, rules_of, tick
from windlass.mesh.evidence import Examined
from windlass.mesh.mesh import Mesh
from windlass.mesh.model import Approve, Caller, Group, MeshSettings, Tool, parse_settings
from windlass.mesh.sop import Sop, fitting, roles, texts
from windlass.mesh.sop import sop as procedure
from windlass.mesh.source import SiteSource
from windlass.mesh.tools import TOOLS

__all__ = [
    "TOOLS", "Approve", "Caller", "Examined", "Group", "Mesh", "MeshSettings", "Rules", "SiteSource", "Sop",
    "Tool", "conclude", "fitting", "parse_settings", "policies", "procedure", "prove", "roles", "rules_of",
    "texts", "tick",
]  # fmt: skip
