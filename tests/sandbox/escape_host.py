"""A host with things worth reaching; as a program, in a disposable namespace, with a weak box for the probe.

Standard library only: `escape_host.py PROBE WORD...` runs the probe behind those words, each `{work}`,
`{deep}` or `{secret}` among them replaced, and prints what the probe prints.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

TOKEN = "the-callers-own-secret"
ENV_SECRET = "the-orders-own-secret"


class Host:
    """Below `top`: a secret, sockets that answer, directories; and a process of `owner` to kill."""

    def __init__(self, top: Path, owner: int | None = None) -> None:
        top.chmod(0o755)
        self.top, self.heard = top, list[bytes]()
        self.secret = top / "secret"
        self.secret.write_text("planted")
        self.secret.chmod(0o644)
        self.outside, self.readonly = top / "outside", top / "readonly"
        for folder in (self.outside, self.readonly):
            folder.mkdir()
            folder.chmod(0o777)
        self.victim = subprocess.Popen(["sleep", "600"], user=owner)
        self.unix_path = str(top / "socket")
        self.unix_abstract = f"windlass-test-{os.getpid()}-{id(self)}"
        self.sockets: list[socket.socket] = []
        self._listen(socket.AF_UNIX, self.unix_path)
        self._listen(socket.AF_UNIX, "\0" + self.unix_abstract)
        Path(self.unix_path).chmod(0o777)
        self.tcp_port: int = self._listen(socket.AF_INET, ("127.0.0.1", 0)).getsockname()[1]
        self.lease_port: int = self._listen(socket.AF_INET, ("127.0.0.1", 0)).getsockname()[1]
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        self.sockets.append(udp)
        self.udp_port: int = udp.getsockname()[1]
        threading.Thread(target=self._echo, args=(udp,), daemon=True).start()

    def facts(self, work: Path) -> dict[str, object]:
        """What the probe is told. `work` gets a read-only place deep inside, `outer/inner/deep`."""
        (work / "outer/inner/deep").mkdir(parents=True)
        (work / "outer/inner/deep/config").write_text("the host's")
        subprocess.run(["chmod", "-R", "777", str(work)], check=True)
        return {
            "only": [], "doors": {}, "root_allowed": [],
            "secret": str(self.secret), "token": TOKEN, "env_secret": ENV_SECRET,
            "outside": str(self.outside), "readonly": str(self.readonly), "work": str(work),
            "unix_path": self.unix_path, "unix_abstract": self.unix_abstract,
            "tcp_port": self.tcp_port, "udp_port": self.udp_port, "host_pid": self.victim.pid,
            "other_lease_port": self.lease_port,
        }  # fmt: skip

    def _listen(self, family: int, address: object) -> socket.socket:
        listener = socket.socket(family)
        listener.bind(address)
        listener.listen(8)
        self.sockets.append(listener)
        self.greet(listener)
        return listener

    def greet(self, listener: socket.socket) -> socket.socket:
        """Say a word to whoever comes in, until the listener is closed; each is written down."""
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


def main(probe: str, *box: str) -> None:
    """Secrets are in the environment, and in the argument list of the box, as many tools have them."""
    host = Host(Path("/srv"))
    work = Path("/srv/work")
    work.mkdir()
    places = {"{work}": str(work), "{deep}": f"{work}/outer/inner/deep", "{secret}": ENV_SECRET}
    facts = json.dumps(host.facts(work))
    argv = [*(places.get(word, word) for word in box), sys.executable, "-I", "-S", probe]
    subprocess.run(argv, env={**os.environ, "GIVEN": TOKEN}, input=facts.encode(), check=True)
    host.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
