"""A probe inside the sandbox tries every way out we know; the same probe outside shows that it does try."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from windlass.sandbox import Launcher, Limits, Mount, Order
from windlass.sandbox.model import Outcome
from windlass.sandbox.none import Unconfined

PROBE = Path(__file__).with_name("escape_probe.py")
TOKEN = "the-callers-own-secret"
ENV_SECRET = "the-orders-own-secret"
DAEMON_AFTER_S = 1.0


class Host:
    """Things worth reaching: a secret, sockets that answer, a process to kill."""

    def __init__(self, top: Path) -> None:
        top.chmod(0o755)
        self.heard: list[bytes] = []
        self.secret = top / "secret"
        self.secret.write_text("planted")
        self.secret.chmod(0o644)
        self.outside = top / "outside"
        self.outside.mkdir()
        self.outside.chmod(0o777)
        self.victim = subprocess.Popen(["sleep", "120"])
        self.unix_path = str(top / "socket")
        self.unix_abstract = f"windlass-test-{os.getpid()}-{id(self)}"
        self.sockets = [
            self._listen(socket.AF_UNIX, self.unix_path),
            self._listen(socket.AF_UNIX, "\0" + self.unix_abstract),
        ]
        Path(self.unix_path).chmod(0o777)
        tcp = self._listen(socket.AF_INET, ("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        self.sockets += [tcp, udp]
        self.tcp_port, self.udp_port = tcp.getsockname()[1], udp.getsockname()[1]
        threading.Thread(target=self._echo, args=(udp,), daemon=True).start()

    def _listen(self, family: int, address: object) -> socket.socket:
        listener = socket.socket(family)
        listener.bind(address)
        listener.listen(8)
        threading.Thread(target=self._greet, args=(listener,), daemon=True).start()
        return listener

    def _greet(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.heard.append(b"connected")
            with connection:
                connection.sendall(b"hello from the host")

    def _echo(self, udp: socket.socket) -> None:
        while True:
            try:
                data, address = udp.recvfrom(100)
                self.heard.append(data)
                udp.sendto(b"reply", address)
            except OSError:
                return

    def close(self) -> None:
        self.victim.kill()
        self.victim.wait()
        for each in self.sockets:
            each.close()


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setenv("WINDLASS_TEST_TOKEN", TOKEN)
    with tempfile.TemporaryDirectory(prefix="windlass-host-") as top:
        planted = Host(Path(top))
        yield planted
        planted.close()


def escape(launcher: Launcher, host: Host, work: Path, mounts: tuple[Mount, ...], only: list[str]) -> Outcome:
    (work / "outer/inner/deep").mkdir(parents=True)
    (work / "outer/inner/deep/config").write_text("the host's")
    subprocess.run(["chmod", "-R", "777", str(work)], check=True)
    readonly = host.outside.parent / "readonly"
    readonly.mkdir()
    readonly.chmod(0o777)
    guarded = work / "outer/inner/deep"
    facts = {
        "only": only,
        "secret": str(host.secret),
        "token": TOKEN,
        "env_secret": ENV_SECRET,
        "outside": str(host.outside),
        "readonly": str(readonly),
        "work": str(work),
        "unix_path": host.unix_path,
        "unix_abstract": host.unix_abstract,
        "tcp_port": host.tcp_port,
        "udp_port": host.udp_port,
        "host_pid": host.victim.pid,
        "root_allowed": [Path(m.target).parts[2] for m in mounts if m.target.startswith("/root/")],
        "daemon_after_s": DAEMON_AFTER_S,
    }
    every = (
        Mount(work, str(work), writable=True),
        Mount(guarded, str(guarded)),
        Mount(readonly, str(readonly)),
        Mount(PROBE, "/probe.py"),
        *mounts,
    )
    argv = (sys.executable, "-I", "-S", "/probe.py")
    return launcher.run(
        Order(argv, str(work), every, {"GIVEN": ENV_SECRET}, json.dumps(facts).encode(), Limits(wall_s=60))
    )


def results(outcome: Outcome) -> dict[str, str]:
    assert outcome.ran.exit_code == 0, outcome.ran.stderr.decode()
    parsed: dict[str, str] = json.loads(outcome.ran.stdout)
    return parsed


def test_no_attempt_gets_out_of_the_sandbox(
    launcher: Launcher, host: Host, work: Path, python_mounts: tuple[Mount, ...]
) -> None:
    got = results(escape(launcher, host, work, python_mounts, []))
    assert len(got) >= 60
    assert {name: how for name, how in got.items() if not how.startswith("held")} == {}
    assert host.heard == []
    assert host.victim.poll() is None
    assert (work / "outer/inner/deep/config").read_text() == "the host's"
    assert list(host.outside.iterdir()) == []
    time.sleep(DAEMON_AFTER_S + 0.5)
    assert not (work / "daemon-was-here").exists()


HARMLESS_ON_A_HOST = [
    "secret_read",
    "secret_through_proc_root",
    "launcher_environment",
    "write_outside",
    "write_read_only_mount",
    "unix_socket_path",
    "unix_socket_abstract",
    "tcp_loopback",
    "udp_loopback",
    "kill_host_process",
    "see_host_processes",
    "rename_ancestor",
    "symlink_out",
    "user_namespace",
]


def test_without_a_sandbox_the_same_attempts_do_get_out(
    host: Host, work: Path, python_mounts: tuple[Mount, ...]
) -> None:
    got = results(escape(Unconfined(), host, work, python_mounts, HARMLESS_ON_A_HOST))
    surely = {
        "secret_read",
        "write_outside",
        "write_read_only_mount",
        "unix_socket_path",
        "unix_socket_abstract",
        "tcp_loopback",
        "udp_loopback",
        "kill_host_process",
        "see_host_processes",
        "rename_ancestor",
        "symlink_out",
    }
    assert set(got) == set(HARMLESS_ON_A_HOST)
    assert {name for name in surely if got[name].startswith("held")} == set()
    assert len(host.heard) == 4
    assert host.victim.wait(60) == -9
