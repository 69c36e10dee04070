"""The Host and Origin rule against DNS rebinding and foreign pages: only names we serve. Pure."""

import re
from collections.abc import Collection
from typing import Final

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_HOST: Final = re.compile(r"(?P<name>[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?")
_ORIGIN: Final = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#@\s]+)")
_USUAL: Final = {"http": "80", "https": "443"}


def trusted(host: str | None, origin: str | None, allowed: Collection[str]) -> bool:
    """Whether a request was meant for us and comes from no foreign page.

    `allowed` holds `name`, `name:port` or `name:*`. A missing Host is never trusted; a missing Origin is,
    since only browsers send one; the Origin `null` of a sandboxed page is not.
    """
    if host is None or not _named(host, allowed):
        return False
    if origin is None:
        return True
    found = _ORIGIN.fullmatch(origin.lower())
    if found is None:
        return False
    authority = found["authority"]
    return _named(authority, allowed) or _named(f"{authority}:{_USUAL[found['scheme']]}", allowed)


def served_names(bind: str, port: int, names: Collection[str] = ()) -> frozenset[str]:
    """What `trusted` should allow for a server bound to this address: loopback's names, its own, and `names`.

    An address that stands for all (`0.0.0.0`, `::`) adds nothing: say under which names you are reached.
    """
    own = bind.lower().strip("[]")
    hosts = {*LOOPBACK, f"[{own}]" if ":" in own else own} - {"", "0.0.0.0", "[::]"}  # noqa: S104 - not bound
    return frozenset({f"{host}:{port}" for host in hosts} | {name.lower() for name in names})


def _named(authority: str, allowed: Collection[str]) -> bool:
    found = _HOST.fullmatch(authority.lower())
    if found is None:
        return False
    name = found["name"]
    if authority.lower() in allowed or f"{name}:*" in allowed:
        return True
    return name in allowed and found["port"] in (None, *_USUAL.values())
