"""A lease's listener, a way out that ends on loopback, and a server that speaks TLS there."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from windlass.egress import Egress

WAIT_S = 60.0
PUBLIC = "93.184.215.14"
NAMES = {
    "allowed.example": [PUBLIC], "a.sub.example": [PUBLIC], "two.example": ["93.184.215.15", PUBLIC],
    "localhost": ["127.0.0.1"], "private.example": ["10.0.0.1"], "mixed.example": [PUBLIC, "192.168.0.1"],
    "metadata.example": ["169.254.169.254"], "mapped.example": ["::ffff:127.0.0.1"], "none.example": [],
}  # fmt: skip


class Elsewhere:
    """An internet of one server: every public address but one leads to it."""

    def __init__(self, port: int) -> None:
        self.port, self.asked, self.dialled = port, list[str](), list[str]()
        self.names = {name: list(addresses) for name, addresses in NAMES.items()}

    async def resolve(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        if name not in self.names:
            raise OSError("no such name")
        return self.names[name]

    async def dial(self, address: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self.dialled.append(address)
        if address != PUBLIC:
            raise OSError("nobody answers")
        return await asyncio.open_connection("127.0.0.1", self.port)


class Server:
    """Answers `hello` over TLS under the name allowed.example, and echoes what it gets before that."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "certificate.pem"
        key, self.heard = ec.generate_private_key(ec.SECP256R1()), list[bytes]()
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "allowed.example")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("allowed.example")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )  # fmt: skip
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.certificate.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            client.settimeout(WAIT_S)
            if client.recv(1, socket.MSG_PEEK) != b"\x16":
                while data := client.recv(65536):
                    self.heard.append(data)
                    client.sendall(data)
                return
            with self.context.wrap_socket(client, server_side=True) as line:
                self.heard.append(line.recv(4096))
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("tls"))
    yield made
    made.listener.close()


@pytest.fixture
def elsewhere(server: Server) -> Elsewhere:
    server.heard.clear()
    return Elsewhere(server.port)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    made = socket.create_server(("127.0.0.1", 0))
    yield made
    made.close()


@pytest.fixture
def egress(elsewhere: Elsewhere, listener: socket.socket) -> Iterator[Egress]:
    """Ends before the listener that it serves does."""
    with Egress(elsewhere) as made:
        yield made
