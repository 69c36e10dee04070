"""Workers on other hosts, as far as one machine can have them: network namespaces of their own, over TLS."""

import datetime
import ipaddress
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.journeys.fleet import Fleet, free_port, until
from tests.journeys.plant import Plant


@dataclass(frozen=True)
class Host:
    """A namespace with one cable: `ours` is this end of it."""

    name: str
    ours: str
    theirs: str

    @property
    def prefix(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.name)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@pytest.fixture
def hosts() -> Iterator[list[Host]]:
    """Two hosts that reach this machine and not each other; skipped where namespaces are not permitted."""
    mark, made = os.getpid() % 200, []
    try:
        for n in range(2):
            host = Host(f"wl{mark}-{n}", f"10.{77 + n}.{mark}.1", f"10.{77 + n}.{mark}.2")
            ip("netns", "add", host.name)
            made.append(host)
            ip("link", "add", f"{host.name}a", "type", "veth", "peer", "name", f"{host.name}b")
            ip("link", "set", f"{host.name}b", "netns", host.name)
            ip("addr", "add", f"{host.ours}/24", "dev", f"{host.name}a")
            ip("link", "set", f"{host.name}a", "up")
            for words in (("addr", "add", f"{host.theirs}/24", "dev", f"{host.name}b"),
                          ("link", "set", f"{host.name}b", "up"), ("link", "set", "lo", "up")):  # fmt: skip
                ip("-n", host.name, *words)
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", None) or str(error)
        for host in made:
            subprocess.run(["ip", "netns", "del", host.name], check=False, capture_output=True)
        pytest.skip(f"no network namespaces here: {told.strip()}")
    yield made
    for host in made:
        subprocess.run(["ip", "netns", "del", host.name], check=False, capture_output=True)


def certificate(folder: Path, addresses: list[str]) -> tuple[Path, Path]:
    """A certificate that signs itself, for these addresses."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "windlass test")])
    alternatives = [x509.IPAddress(ipaddress.ip_address(one)) for one in addresses]
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert, secret


@pytest.mark.slow
@pytest.mark.postgres
def test_workers_on_two_hosts_work_for_two_servers_over_tls_and_outlive_one_of_them(
    hosts: list[Host], tmp_path: Path, postgres_url: str
) -> None:
    # Either worker may have the task when a server dies, and then keeps it for the rest of its lease.
    plant = Plant(tmp_path, more_env={"WINDLASS_DISPATCH_LEASE": "60s"}).make(parts=2)
    fleet = Fleet(plant, postgres_url)
    try:
        cert, key = certificate(tmp_path, [host.ours for host in hosts])
        tokens = [fleet.token(f"farm-{n}") for n in range(2)]
        tls = ("--tls-cert", str(cert), "--tls-key", str(key))
        servers, workers = [], []
        for n, host in enumerate(hosts):
            port = free_port(host.ours)
            names = ("--host", f"{host.ours}:{port}")
            server = fleet.server(f"server-{n}", *tls, *names, port=port, host=host.ours)
            servers.append(fleet.up(server))
            far = fleet.worker(
                f"worker-{n}", f"https://{host.ours}:{port}", tokens[n], "--ca", str(cert), prefix=host.prefix
            )
            workers.append(far.start())
        until(lambda: all("works for" in one.said for one in workers), 60, "both workers")
        servers[0].kill()  # the worker on that host has nobody to ask now; the other one goes on
        until(lambda: set(fleet.statuses().values()) == {"completed"}, 180, "the work")
        fleet.up(servers[0])
        fleet.plant.grow(1)
        until(lambda: len(fleet.statuses()) > 1, 120, "more work")
        parts = [f"main:shop/part_{n}.py" for n in range(fleet.plant.parts)]  # not all are found at once
        until(lambda: all("import os" not in fleet.plant.git("show", p) for p in parts), 300, "every part")
        until(lambda: set(fleet.statuses().values()) == {"completed"}, 180, "the end of it")
        for one in (*workers, *servers):
            assert one.stop() == 0, one.said[-2000:]
        assert fleet.rows("SELECT 1 FROM wl_lease") == []
    finally:
        fleet.close()
