"""Run foreign code where it can read, write and reach only what it was given.

Owns: every process that is not ours.  Never: runs git, judges results.  Start at: model.py, then bwrap.py and
child.py.
"""

from windlass.sandbox.door import Door
from windlass.sandbox.interpreter import interpreter_mounts
from windlass.sandbox.model import Launcher, Level, Limits, Mount, Order
from windlass.sandbox.ownership import prepare_writable
from windlass.sandbox.probe import open_launcher, probe
from windlass.sandbox.running import as_run, as_talk

__all__ = [
    "Door", "Launcher", "Level", "Limits", "Mount", "Order", "as_run", "as_talk", "interpreter_mounts",
    "open_launcher", "prepare_writable", "probe",
]  # fmt: skip
