"""One folder of environments for every process of a test session: what projects ask for is installed once."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

VARIABLE = "WINDLASS_VERIFY_ENVIRONMENTS"
_known: list[Path] = []


def share(config: pytest.Config) -> None:
    """Make the folder for this session; the workers of xdist find it named."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = folder = tempfile.mkdtemp(prefix="wl-environments-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    _known.append(Path(os.environ[VARIABLE]))


def shared() -> Path:
    """Tests may do without the variable, not without the folder."""
    return _known[0]
