"""What a running attempt is known by: the file of its task, named in its environment. Pure."""

from pathlib import Path
from typing import Final

CONTROL: Final = "control"
"""The folder, beside the attempts, of what the control plane tells a running attempt."""
VARIABLE: Final = "WINDLASS_TASK"


def task_file(attempts: Path, attempt: str) -> Path:
    """Where an attempt, by the name of its folder, finds its task."""
    return attempts / CONTROL / attempt / "task.json"


def entry(attempts: Path, attempt: str) -> str:
    """What all its programs have in their environment, and nothing else has."""
    return f"{VARIABLE}={task_file(attempts, attempt)}"
