"""The code before the newest schema, taken from the history: what may still run when a newer one starts."""

import io
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSIONS = "src/windlass/store/schema/versions"


@dataclass(frozen=True)
class Landed:
    """One older tree on disk. `source` goes first on PYTHONPATH."""

    commit: str
    source: Path
    schema: str
    """The newest revision that this code knows."""


class NoHistory(Exception):
    """Why the older code cannot be had here."""


def before_newest_schema(folder: Path) -> Landed:
    """Write the tree before the newest revision came into `folder`."""
    newest = sorted(path.name for path in (ROOT / VERSIONS).glob("v*.py"))[-1]
    kind = newest.split("_")[1]
    if kind != "pre":
        raise NoHistory(f"{newest} is a {kind} revision: older code is not to run on it")
    came = _git("log", "--diff-filter=A", "--format=%H", "--", f"{VERSIONS}/{newest}").decode().split()
    if not came:
        raise NoHistory(f"the history here does not hold the commit that brought {newest}")
    commit = _git("rev-parse", "--verify", f"{came[-1]}^").decode().strip()
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit, "src"))) as packed:
        packed.extractall(folder, filter="data")
    source = folder / "src"
    known = sorted(path.stem for path in (folder / VERSIONS).glob("v*.py"))
    return Landed(commit, source, known[-1].removeprefix("v"))


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, timeout=60, check=False)
    except FileNotFoundError as error:
        raise NoHistory("git is not installed") from error
    if done.returncode:
        raise NoHistory(f"no history here: {done.stderr.decode(errors='replace').strip()[-200:]}")
    return done.stdout
