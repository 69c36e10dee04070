"""`kernel.Talk` and `kernel.Run` in a folder of ours: small and real, without a sandbox's custody."""

import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from windlass.kernel import Ran, Tools, Unavailable

STDERR_MAX = 64 * 1024


@dataclass
class Box:
    """A folder in which programs are run and talked with. `path`: where their commands are looked for."""

    folder: Path
    places: Mapping[str, str] = field(default_factory=dict)
    path: str = "/usr/bin:/bin"
    calls: int = 0
    talks: list["Talked"] = field(default_factory=list)

    def tools(self) -> Tools:
        return Tools(lambda: 1.0, self.run, self.no_secret, self.talk, self.places)

    def no_secret(self, name: str) -> str:
        raise AssertionError(f"asked for the secret {name}")

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        self.calls += 1
        began = time.monotonic()
        try:
            done = subprocess.run(
                list(argv), cwd=self.folder, input=stdin, env=self._env(env), capture_output=True,
                timeout=timeout_s, check=False,
            )  # fmt: skip
        except FileNotFoundError:
            return Ran(127, b"", b"not found", 0.0)
        except subprocess.TimeoutExpired:
            return Ran(None, b"", b"", timeout_s)
        return Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - began)

    def talk(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        env: Mapping[str, str] | None = None,
        program: str = "",
    ) -> "Talked":
        self.talks.append(Talked(list(argv), self.folder, self._env(env), timeout_s))
        return self.talks[-1]

    def _env(self, env: Mapping[str, str] | None) -> dict[str, str]:
        return {"PATH": self.path, "HOME": str(self.folder), **(env or {})}


class Talked:
    """A `kernel.Dialogue` over a process group."""

    def __init__(self, argv: list[str], folder: Path, env: dict[str, str], timeout_s: float) -> None:
        self._until, self._began = time.monotonic() + timeout_s, time.monotonic()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115, closed at the end
        self._ended: Ran | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Lock()
        try:
            self._process = subprocess.Popen(
                argv, cwd=folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr,
                start_new_session=True,
            )  # fmt: skip
        except FileNotFoundError:
            self._ended = Ran(127, b"", f"{argv[0]}: not found".encode(), 0.0)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> "Talked":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def send(self, data: bytes) -> None:
        try:
            if self._process is None:
                raise BrokenPipeError
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError) as error:
            raise Unavailable("nobody reads there any more") from error

    def hang_up(self) -> None:
        if self._process is not None:
            self._process.stdin.close()

    def receive(self, wait_s: float) -> bytes | None:
        if self._process is None or self._ended is not None:
            return b""
        if time.monotonic() >= self._until:
            self._kill()
        stream = self._process.stdout
        wait_s = min(wait_s, max(0.0, self._until - time.monotonic()))
        if not select.select([stream], [], [], wait_s)[0]:
            return None
        return os.read(stream.fileno(), 65536)

    def end(self) -> Ran:
        with self._ending:
            if self._ended is None:
                self._ended = self._finish()
        return self._ended

    def _finish(self) -> Ran:
        """As in a box: for one that has closed its output there is a moment to end by itself."""
        process = self._process
        assert process is not None
        try:
            quiet = bool(select.select([process.stdout], [], [], 0)[0])
            process.wait(1.0 if quiet else 0)
            code: int | None = process.returncode
        except subprocess.TimeoutExpired:
            code = None
        self._kill()
        process.wait()
        self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, self._stderr.tell() - STDERR_MAX))
        stderr = self._stderr.read()
        self._stderr.close()
        for stream in (process.stdin, process.stdout):
            stream.close()
        return Ran(code, b"", stderr, time.monotonic() - self._began)

    def _kill(self) -> None:
        assert self._process is not None
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
