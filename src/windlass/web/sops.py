"""/v1/sops: how each role works, as the repository has it or as windlass does."""

from typing import Any, Final

from windlass import mesh
from windlass.app import library_of
from windlass.mesh import Sop
from windlass.web.bind import Handler
from windlass.web.call import Call


def list_sops(call: Call) -> Any:
    call.allow()
    return {"sops": [_head(_procedure(call, role)) for role in mesh.roles()]}


def read_sop(call: Call) -> Any:
    call.allow()
    found = _procedure(call, call.path["role"])
    problem = {"problem": found.problem} if found.problem else {}
    return _head(found) | {"text": found.text} | problem


def _procedure(call: Call, role: str) -> Sop:
    """The text of the named or only repository where this server tends it, else windlass's own."""
    chosen = call.read(call.filtered)
    plants = call.served.plants
    only = next(iter(plants.values())) if len(plants) == 1 else None
    plant = plants.get(chosen.id) if chosen else only
    return mesh.procedure(role) if plant is None else library_of(plant)(role)


def _head(one: Sop) -> dict[str, Any]:
    return {
        "role": one.role, "version": one.version, "title": one.title, "summary": one.summary,
        "origin": one.origin.value,
    }  # fmt: skip


HANDLERS: Final[dict[str, Handler]] = {"listSops": list_sops, "readSop": read_sop}
