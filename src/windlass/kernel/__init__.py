"""Words every room uses: clock, errors, states, plug-in families.

Owns: nothing durable.  Never: opens files, sockets or processes.  Start at: errors.py.
"""

from windlass.kernel.clock import Clock, FixedClock, iso, system_clock
from windlass.kernel.errors import Conflict, Denied, Invalid, Kind, NotFound, Unavailable, WindlassError
from windlass.kernel.plugin import Dialogue, Family, Ran, Run, Tools
from windlass.kernel.states import Machine

__all__ = [
    "Clock", "Conflict", "Denied", "Dialogue", "Family", "FixedClock", "Invalid", "Kind", "Machine",
    "NotFound", "Ran", "Run", "Tools", "Unavailable", "WindlassError", "iso", "system_clock",
]  # fmt: skip
