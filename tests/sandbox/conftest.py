"""What the sandbox's tests share: a launcher that works here, interpreters, and a look at what is left over."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from windlass.sandbox import Launcher, Mount, interpreter_mounts, open_launcher, prepare_writable, probe


@pytest.fixture(scope="session")
def launcher() -> Launcher:
    found = probe()
    if not found.ok:
        pytest.skip(f"{found.reason}; {found.fix}")
    return open_launcher()


@pytest.fixture
def work() -> Iterator[Path]:
    """A directory that runs may write to."""
    path = Path(tempfile.mkdtemp(prefix="windlass-test-"))
    prepare_writable(path)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def python() -> str:
    return sys.executable


@pytest.fixture(scope="session")
def python_mounts() -> tuple[Mount, ...]:
    return interpreter_mounts(Path(sys.executable))


@pytest.fixture
def leftovers() -> "Leftovers":
    return Leftovers()


class Leftovers:
    """Processes whose command line holds a marker, mounts and staging entries that were not there at the start."""

    def __init__(self) -> None:
        self.mounts = Path("/proc/self/mountinfo").read_text()
        self.homes = self._homes()

    def processes(self, marker: str) -> list[str]:
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    if marker.encode() in (entry / "cmdline").read_bytes():
                        found.append(entry.name)
                except OSError:
                    continue
        return found

    def nothing_else(self) -> bool:
        return Path("/proc/self/mountinfo").read_text() == self.mounts and self._homes() <= self.homes

    def _homes(self) -> set[str]:
        return {entry for entry in os.listdir(tempfile.gettempdir()) if entry.startswith("windlass-home-")}
