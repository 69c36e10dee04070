"""Who is there to work: instances register, beat, drain, leave; one that is silent is not dead at once.

Owns: instances.  Never: hands out work, ends a lease.  Start at: standing.py.
"""

from windlass.fleet.model import Instance, InstanceState, Standing
from windlass.fleet.records import beat, bury, drain, instance, instances, leave, register, resume
from windlass.fleet.standing import standing

__all__ = [
    "Instance", "InstanceState", "Standing", "beat", "bury", "drain", "instance", "instances", "leave",
    "register", "resume", "standing",
]  # fmt: skip
