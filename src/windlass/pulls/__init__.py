"""Pull requests at the host: what windlass offers there, and what people want in the merge queue.

Owns: which landing or task has which pull request.  Never: moves the main branch, believes a title.
Start at: controller.py.
"""

from windlass.pulls.controller import tick

__all__ = ["tick"]
