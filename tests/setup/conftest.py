"""A clone of this project in a folder of its own, with an empty HOME and no configuration of this machine."""

import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from tests.scripts import load_script as loaded

ROOT = Path(__file__).resolve().parents[2]
LEAVE_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".windlass", "__pycache__", ".*_cache", ".hypothesis", "tests", "benchmarks", "docs"
)
KEPT = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "UV_DEFAULT_INDEX",
    "PIP_INDEX_URL",
)


@dataclass(frozen=True)
class Clone:
    """A copy of the project and the environment its commands get."""

    path: Path
    env: dict[str, str]

    def run(self, *argv: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.path / argv[0]) if "/" in argv[0] else argv[0], *argv[1:]],
            cwd=cwd or self.path,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=600,
        )


def make_clone(folder: Path) -> Clone:
    home = folder / "empty home"
    home.mkdir(parents=True)
    path = folder / "a clone"
    shutil.copytree(ROOT, path, ignore=LEAVE_OUT, symlinks=True)
    env = {name: os.environ[name] for name in KEPT if os.environ.get(name)}
    env |= {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "WINDLASS_NO_APT": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return Clone(path, env)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return make_clone(tmp_path)


@pytest.fixture(scope="session")
def index_reachable() -> bool:
    """Is there a package index to install from? Without one the tests that need it are skipped."""
    address = loaded("get_uv").index(os.environ).url
    try:
        with urllib.request.urlopen(f"{address}/uv/", timeout=15) as answer:
            return bool(answer.read(1))
    except (OSError, urllib.error.URLError, ValueError):
        return False


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory, index_reachable: bool) -> Clone:
    """One clone that was really set up, shared by the tests that only look at it."""
    if not index_reachable:
        pytest.skip("the package index does not answer from here")
    made = make_clone(tmp_path_factory.mktemp("ready"))
    done = made.run("./start.sh", "--setup-only")
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def programs(tmp_path: Path) -> Callable[..., str]:
    """Build a PATH that holds exactly the named programs of this machine."""

    def build(*names: str) -> str:
        folder = tmp_path / ("only-" + "-".join(names))
        folder.mkdir()
        for name in names:
            real = shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin")
            assert real, name
            (folder / name).symlink_to(real)
        return str(folder)

    return build


@pytest.fixture
def load_script() -> Callable[[str], ModuleType]:
    return loaded
