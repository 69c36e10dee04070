"""Where a server may listen. Loopback needs nothing; any other place needs what keeps strangers out. Pure."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from windlass.kernel import Denied, Invalid

PORT: Final = 7717
LOCAL: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Bind:
    """An address and a port; port 0 lets the system choose one."""

    host: str = LOCAL
    port: int = PORT

    @property
    def loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Shield:
    """What stands between a server and strangers. `proxies`: addresses whose word about a caller is taken.

    `names`: the host names under which it is reached; requests for any other are refused.
    """

    certificate: Path | None = None
    key: Path | None = None
    proxies: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def tls(self) -> bool:
        return self.certificate is not None and self.key is not None


def parse_bind(text: str) -> Bind:
    """Read `HOST:PORT`, `[IPv6]:PORT` or `HOST`."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or text.strip().endswith("]"):
        host, port = text.strip(), str(PORT)
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdigit() or not 0 <= int(port) <= 65_535 or any(c.isspace() for c in host):
        raise Invalid(f"{text!r} is no address to listen on", hint=f"write HOST:PORT, e.g. {LOCAL}:{PORT}")
    return Bind(host, int(port))


def check(bind: Bind, shield: Shield, *, tokens: int) -> None:
    """Raise Denied with everything that is missing and how to get it; `tokens`: valid ones there are."""
    if (shield.certificate is None) != (shield.key is None):
        raise Invalid("--tls-cert and --tls-key belong together", hint="give both, or neither")
    if bind.loopback:
        return
    lacking = missing(shield, tokens=tokens)
    if lacking:
        steps = "; ".join(lacking)
        raise Denied(
            f"windlass does not listen on {bind} yet: others could reach it there", hint=f"{steps};"
            f" or stay on this machine: --bind {LOCAL}:{bind.port}",
        )  # fmt: skip


def missing(shield: Shield, *, tokens: int) -> Sequence[str]:
    """What a bind that others can reach still needs, each as the exact step."""
    lacking = []
    if not shield.tls and not shield.proxies:
        lacking.append(
            "encrypt: --tls-cert FILE --tls-key FILE, or name the proxy that does it: --trusted-proxy ADDRESS"
        )
    if not shield.names:
        lacking.append("say under which name it is reached: --host NAME")
    if not tokens:
        lacking.append("make a token for whoever calls: windlass token create NAME")
    return lacking
