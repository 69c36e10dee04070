"""Words every room uses: clock, errors, states, plug-in families.

Owns: nothing durable.  Never: opens files, sockets or processes.  Start at: errors.py.
"""

from windlass.kernel.clock import Clock, iso, system_clock
from windlass.kernel.clock import FixedClock as FixedClock
from windlass.kernel.errors import Conflict, Denied, Invalid, Kind, NotFound, Unavailable, WindlassError
from windlass.kernel.plugin import Dialogue, Family, Ran, Run, Tools
from windlass.kernel.states import Machine
from windlass.kernel.toml import read_toml

__all__ = [
    "Clock", "Conflict", "Denied", "Dialogue", "Family", "Invalid", "Kind", "Machine",
    "NotFound", "Ran", "Run", "Tools", "Unavailable", "WindlassError", "iso", "read_toml", "system_clock",
]  # fmt: skip
