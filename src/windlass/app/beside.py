"""The mesh in a process that looks after nothing: one command, or a client's own `windlass mcp serve`.

Whoever runs the repository's engine, beside us or later, finds what was submitted and goes on with it.
"""

from collections.abc import Mapping
from dataclasses import replace

from windlass.app.meshing import procedures
from windlass.app.wiring import Plant, new_node_id, site_of
from windlass.identity import OWNER, Door
from windlass.mesh import Caller, Mesh, SiteSource, rules_of
from windlass.store import Transaction

TOKEN = "WINDLASS_TOKEN"  # noqa: S105 - the name of a variable
VIA = "cli"


def mesh_beside(plant: Plant) -> Mesh:
    """The tools over one repository. Nothing of it is ever run here, so no sandbox is needed either."""
    trusting = replace(plant, wish=replace(plant.wish, trust=True))
    site = site_of(trusting, _start_nothing, new_node_id())
    sites = {plant.repository.id: site}
    return Mesh(plant.database, rules_of(site).settings, source=SiteSource(sites), sop=procedures(sites))


def caller_beside(plant: Plant, env: Mapping[str, str], key: str | None = None) -> Caller:
    """Whoever the token in WINDLASS_TOKEN stands for, else the owner of the data home."""
    text = env.get(TOKEN, "")
    principal = Door(plant.database).enter(text, via=VIA, source="environment") if text else OWNER
    return Caller(principal, key, VIA)


def _start_nothing(tx: Transaction, name: str, key: str, **inputs: str | int) -> None:
    """There is no engine here; a tick of whoever has one starts what is due."""
