"""MCP clients from npm: installed once per lock file into a cache of the user's, with a Node of their own.

They are other people's programs and exactly that is the point. Where npm or the network is missing, the tests
that need them are skipped and say so.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

CLIENTS = Path(__file__).parent / "clients"
FILES = ("package.json", "package-lock.json")
INSTALL_S = 240
CALL_S = 90


@dataclass(frozen=True)
class Clients:
    """An installed folder of npm packages."""

    folder: Path

    @property
    def node(self) -> Path:
        return next((self.folder / "node_modules").glob("node-linux-*/bin/node"))

    def run(self, program: str, *arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
        """Run one of the packages' programs; `home` keeps what it writes."""
        path = f"{self.node.parent}:{os.environ.get('PATH', '')}"
        env = {"PATH": path, "HOME": str(home), "NO_COLOR": "1"}
        return subprocess.run(
            [self.node, self.folder / "node_modules" / program, *arguments],
            env=env, cwd=home, capture_output=True, text=True, timeout=CALL_S, check=False,
        )  # fmt: skip

    def inspector(self, *arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
        program = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"
        return self.run(program, "--cli", *arguments, home=home)

    def conformance(self, *arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
        return self.run("@modelcontextprotocol/conformance/dist/index.js", *arguments, home=home)


def installed() -> Clients:
    """The clients of the lock file, or a skipped test with the reason."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, so MCP clients from npm cannot be tried")
    folder = _folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            _install(npm, folder)
    clients = Clients(folder)
    if not list((folder / "node_modules").glob("node-linux-*/bin/node")):
        pytest.skip("there is no Node for this machine among the packages")
    return clients


def _folder() -> Path:
    digest = hashlib.sha256(b"".join((CLIENTS / name).read_bytes() for name in FILES)).hexdigest()[:16]
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "windlass-tests" / f"mcp-clients-{digest}"


def _install(npm: str, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in FILES:
        shutil.copy(CLIENTS / name, folder / name)
    try:
        done = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"],
            cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not get the MCP clients within {INSTALL_S} s")
    if done.returncode:
        pytest.skip(f"npm cannot get the MCP clients here: {done.stderr.strip()[-300:]}")
    (folder / "complete").touch()
