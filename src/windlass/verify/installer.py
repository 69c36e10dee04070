"""The bundled `uv` and the compiler of Python: the only programs this room starts outside the sandbox. They
unpack and compile wheels and run nobody's code.

Wheels only, no configuration of the repository, a cache of its own, and of our environment just what names
the package index.
"""

import atexit
import configparser
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from uv import find_uv_bin

from windlass.kernel import Unavailable

TIMEOUT_S: Final = 600.0
OUTPUT_MAX: Final = 4 * 1024 * 1024
PASSED_ON: Final = (
    "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_OFFLINE",
    "UV_HTTP_TIMEOUT", "UV_INDEX_STRATEGY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy",
    "https_proxy",
    "all_proxy", "no_proxy",
)  # fmt: skip
_PIP: Final = {
    "index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}  # fmt: skip
_UNREACHABLE: Final = (
    "error sending request",
    "failed to fetch",
    "dns error",
    "network was disabled",
    "timed out",
    "offline",
)
_COMPILE: Final = """import compileall, os, sys
os.nice(19)
compileall.compile_dir(sys.argv[1], quiet=2, workers=0)
open(sys.argv[2], "w").close()
"""
COMPILED: Final = "compiled"
"""The file that says that all the bytecode is there."""
_COMPILING: Final[dict[Path, subprocess.Popen[bytes]]] = {}
_STARTING: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Installer:
    """`home` is a folder of the data home; uv's cache and its HOME live there. `index` overrides the
    configured one.
    """

    home: Path
    environ: Mapping[str, str]
    index: str = ""

    def uv(self, argv: Sequence[str], *, stdin: str = "", offline: bool = False) -> tuple[int, str, str]:
        """Run `uv` to its end: (exit code, stdout, stderr). Raises Unavailable when it hangs."""
        self.home.mkdir(parents=True, exist_ok=True)
        words = [find_uv_bin(), *argv, "--no-config", "--no-progress", "--color", "never"]
        words += ["--offline"] if offline else ["--system-certs"]
        try:
            done = subprocess.run(
                words, input=stdin.encode(), capture_output=True, env=self._env(), cwd=self.home,
                timeout=TIMEOUT_S,
                check=False, start_new_session=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"uv {argv[0]} did not end within {TIMEOUT_S:.0f} s") from error
        return done.returncode, _text(done.stdout), _text(done.stderr)

    def compile(self, python: str, folder: Path) -> None:
        """Begin to write the bytecode of what was unpacked, behind everything else at work: runs in the
        sandbox may not, and would compile it each time. What ends before it is done goes on with the next
        use. Without `site` (-S) no `.pth` of a package runs. What does not compile is only slower.
        """
        done = folder / COMPILED
        with _STARTING:
            running = _COMPILING.get(folder)
            if done.is_file() or (running is not None and running.poll() is None):
                return
            self.home.mkdir(parents=True, exist_ok=True)
            _COMPILING[folder] = subprocess.Popen(
                [python, "-I", "-S", "-c", _COMPILE, str(folder), str(done)], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._env(), cwd=self.home,
                start_new_session=True,
            )  # fmt: skip

    def _env(self) -> dict[str, str]:
        env = {
            **_pip_settings(self.environ),
            **{name: self.environ[name] for name in PASSED_ON if name in self.environ},
        }
        if self.index:
            env["UV_DEFAULT_INDEX"] = self.index
        fixed = {
            "HOME": str(self.home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8",
            "UV_CACHE_DIR": str(self.home / "cache"), "UV_PYTHON_DOWNLOADS": "never", "UV_NO_BUILD": "1",
        }  # fmt: skip
        return {**env, **fixed}


def compiled(folder: Path) -> None:
    """Wait until nothing of ours is at work on the bytecode in there any more."""
    if (running := _COMPILING.get(folder)) is not None:
        running.wait()


@atexit.register
def _stop() -> None:
    for running in _COMPILING.values():
        if running.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()


def unreachable(stderr: str) -> bool:
    """Whether uv failed because it could not get at the index, not because of what was asked of it."""
    return any(sign in stderr.lower() for sign in _UNREACHABLE)


def _pip_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The index that the person configured for pip (variables over files), in uv's words."""
    found: dict[str, str] = {}
    home = Path(environ.get("HOME", "/nonexistent"))
    places = [Path("/etc/pip.conf"), home / ".pip/pip.conf", home / ".config/pip/pip.conf"]
    if named := environ.get("PIP_CONFIG_FILE"):
        places.append(Path(named))
    for place in places:
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read(place, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue  # pip itself complains about a broken file; here it means no setting.
        for key, name in _PIP.items():
            if parser.has_option("global", key):
                found[name] = " ".join(parser["global"][key].split())
    for key, name in _PIP.items():
        if value := environ.get("PIP_" + key.upper().replace("-", "_")):
            found[name] = " ".join(value.split())
    if "UV_FIND_LINKS" in found:
        found["UV_FIND_LINKS"] = ",".join(path for path in found["UV_FIND_LINKS"].split() if _exists(path))
    if found.get("UV_INDEX"):
        # To pip all indexes are one; of a package that the first one has, the others add what it lacks.
        found["UV_INDEX_STRATEGY"] = "unsafe-first-match"
    return {name: value for name, value in found.items() if value}


def _exists(link: str) -> bool:
    return "://" in link or os.path.isdir(link)


def _text(output: bytes) -> str:
    return output[-OUTPUT_MAX:].decode("utf-8", "replace")
