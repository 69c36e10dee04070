"""Put the rooms together: settings, data home, engine, daemon, doctor.

Owns: wiring and the life of a process.  Never: holds rules.  Start at: wiring.py, then daemon.py.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windlass.app import binding, flaking, preparing, ratcheting, security, verifying, vitals
    from windlass.app.access import open_access
    from windlass.app.agency import open_agency
    from windlass.app.audit import open_audit
    from windlass.app.beside import caller_beside, mesh_beside
    from windlass.app.daemon import Bounds, Daemon, Ended
    from windlass.app.discovery import look_for_work
    from windlass.app.filing import Order
    from windlass.app.library import library_of
    from windlass.app.running import run
    from windlass.app.serving import Served, ServeSettings, open_serving
    from windlass.app.wiring import Plant, Wish, open_plant
    from windlass.app.working import Hire, host, read_token
    from windlass.app.yard import Yard

# Names load on first use, so that a short command does not pay for the engine.
_HOMES = {
    "open_access": "access",
    "open_audit": "audit",
    "open_agency": "agency",
    "caller_beside": "beside",
    "mesh_beside": "beside",
    "binding": "binding",
    "Bounds": "daemon",
    "Daemon": "daemon",
    "Ended": "daemon",
    "look_for_work": "discovery",
    "flaking": "flaking",
    "Order": "filing",
    "library_of": "library",
    "preparing": "preparing",
    "ratcheting": "ratcheting",
    "run": "running",
    "security": "security",
    "ServeSettings": "serving",
    "Served": "serving",
    "open_serving": "serving",
    "vitals": "vitals",
    "verifying": "verifying",
    "Plant": "wiring",
    "Wish": "wiring",
    "open_plant": "wiring",
    "Hire": "working",
    "host": "working",
    "read_token": "working",
    "Yard": "yard",
}

__all__ = [
    "Bounds", "Daemon", "Ended", "Hire", "Order", "Plant", "ServeSettings", "Served",
    "Wish", "Yard", "binding", "caller_beside", "flaking", "host", "library_of",
    "look_for_work", "mesh_beside", "open_access", "open_agency", "open_audit", "open_plant",
    "open_serving", "preparing", "ratcheting", "read_token", "run", "security", "verifying", "vitals",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"windlass.app has no {name!r}")
    module = importlib.import_module(f"windlass.app.{_HOMES[name]}")
    return module if _HOMES[name] == name else getattr(module, name)
