"""What the sandbox's tests share: a launcher that works here, interpreters, a look at what is left."""

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


@pytest.fixture(scope="session")
def manifest() -> Iterator[Path]:
    """A container manifest whose root file system is next to empty, with this machine's /usr in it."""
    with tempfile.TemporaryDirectory(prefix="windlass-root-") as top:
        Path(top).chmod(0o755)
        rootfs = Path(top, "rootfs")
        (rootfs / "usr").mkdir(parents=True)
        for name in ("bin", "sbin", "lib", "lib64"):
            (rootfs / name).symlink_to(f"usr/{name}")
        file = Path(top, "container.toml")
        file.write_text(f'version = 1\nruntime = "crun"\nrootfs = "{rootfs}"\nmounts = ["/usr"]\n')
        yield file


@pytest.fixture(scope="session")
def container(manifest: Path) -> Launcher:
    found = probe(manifest=manifest)
    if not found.ok:
        pytest.skip(f"{found.reason}; {found.fix}")
    return open_launcher(manifest=manifest)


@pytest.fixture(params=["bwrap", "container"])
def at_each(request: pytest.FixtureRequest, manifest: Path) -> tuple[Launcher, str]:
    """A launcher that holds, and the words that open it where `Path` is known."""
    if request.param == "bwrap":
        return request.getfixturevalue("launcher"), "open_launcher()"
    return request.getfixturevalue("container"), f"open_launcher(manifest=Path({str(manifest)!r}))"


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
    """Processes whose command line holds a marker, mounts that were not there at the start."""

    def __init__(self) -> None:
        self.mounts = Path("/proc/self/mountinfo").read_text()

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

    def family(self, top: int) -> list[tuple[int, str]]:
        """(pid, start time) of every process below `top`; a run's helper outlives all of its run."""
        parents: dict[int, tuple[int, str]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (words := self._status(int(entry.name))):
                parents[int(entry.name)] = (int(words[1]), words[19])
        found, level = [], {top}
        while level:
            level = {pid for pid, (parent, _) in parents.items() if parent in level}
            found += [(pid, parents[pid][1]) for pid in level]
        return found

    def living(self, family: list[tuple[int, str]]) -> list[int]:
        now = ((pid, began, self._status(pid)) for pid, began in family)
        return [pid for pid, began, words in now if words and words[19] == began and words[0] != "Z"]

    def _status(self, pid: int) -> list[str]:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return []

    def no_mounts(self) -> bool:
        return Path("/proc/self/mountinfo").read_text() == self.mounts
