"""A report of an unexpected error, written where a person can attach it to a ticket."""

import platform
import sys
import tempfile
import traceback
from importlib.metadata import version
from pathlib import Path


def write(error: Exception) -> Path:
    """Write traceback and versions to a new file; arguments are left out, they may hold secrets."""
    lines = [
        f"windlass {version('windlass')}",
        f"python {sys.version.split()[0]} on {platform.platform()}",
        f"command {sys.argv[1] if len(sys.argv) > 1 else ''}",
        "",
        *traceback.format_exception(error),
    ]
    with tempfile.NamedTemporaryFile("w", prefix="windlass-bug-", suffix=".txt", delete=False) as report:
        report.write("\n".join(lines))
    return Path(report.name)
