"""SSH signatures as git keeps them in a commit (OpenSSH's PROTOCOL.sshsig), with Ed25519. Pure.

Made here and not by `ssh-keygen`, which not every machine has; what comes out is what it would write.
"""

import base64
import binascii
from collections.abc import Callable
from hashlib import sha512
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from windlass.kernel import Denied, Invalid

Sign = Callable[[bytes], bytes]
"""The 64 bytes of an Ed25519 signature over what it is given."""

NAMESPACE: Final = b"git"
_MAGIC: Final = b"SSHSIG"
_KIND: Final = b"ssh-ed25519"
_HASH: Final = b"sha512"
_BEGIN: Final = "-----BEGIN SSH SIGNATURE-----"
_END: Final = "-----END SSH SIGNATURE-----"
_WIDTH: Final = 70
_ARMOR_MAX: Final = 4096
_PARTS_MAX: Final = 8


def armored(public: bytes, sign: Sign, text: bytes) -> str:
    """Sign a text as `ssh-keygen -Y sign -n git` does; `public` is the raw key of 32 bytes."""
    signature = _strings(_KIND, sign(_signed(text)))
    blob = _MAGIC + (1).to_bytes(4, "big") + _strings(key_blob(public), NAMESPACE, b"", _HASH, signature)
    encoded = base64.b64encode(blob).decode()
    lines = [encoded[at : at + _WIDTH] for at in range(0, len(encoded), _WIDTH)]
    return "\n".join((_BEGIN, *lines, _END))


def check(public: bytes, text: bytes, armor: str) -> None:
    """Raises Denied unless `armor` is the signature of this key over this text, Invalid when it is none."""
    key, namespace, _, hashed, signature = _read(armor)
    kind, raw = _split(signature, 2)
    if (key, namespace, hashed, kind) != (key_blob(public), NAMESPACE, _HASH, _KIND):
        raise Denied("the signature is of another key or for another purpose")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(raw, _signed(text))
    except InvalidSignature as error:
        raise Denied("the signature is false") from error


def key_blob(public: bytes) -> bytes:
    """The key as SSH writes it; in base64 it stands in `authorized_keys` and `allowed_signers`."""
    return _strings(_KIND, public)


def unsigned_commit(content: bytes) -> tuple[bytes, str]:
    """What was signed of a commit, and the signature; Invalid when it has none."""
    head, blank, message = content.partition(b"\n\n")
    kept: list[bytes] = []
    armor: list[bytes] = []
    inside = False
    for line in head.split(b"\n"):
        name, _, rest = line.partition(b" ")
        inside = name in (b"gpgsig", b"gpgsig-sha256") or (inside and name == b"")
        if inside:
            armor.append(rest)
        else:
            kept.append(line)
    if not armor:
        raise Invalid("the commit is not signed")
    return b"\n".join(kept) + blank + message, b"\n".join(armor).decode("ascii", "replace")


def _signed(text: bytes) -> bytes:
    return _MAGIC + _strings(NAMESPACE, b"", _HASH, sha512(text).digest())


def _strings(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _read(armor: str) -> list[bytes]:
    lines = armor.strip().split("\n")
    if len(armor) > _ARMOR_MAX or lines[0] != _BEGIN or lines[-1] != _END:
        raise Invalid("not an SSH signature")
    try:
        blob = base64.b64decode("".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("not an SSH signature: its base64 is broken") from error
    if blob[:10] != _MAGIC + (1).to_bytes(4, "big"):
        raise Invalid("not an SSH signature of version 1")
    return _split(blob[10:], 5)


def _split(data: bytes, count: int) -> list[bytes]:
    """Exactly `count` strings."""
    parts: list[bytes] = []
    while data and len(parts) < _PARTS_MAX:
        size = int.from_bytes(data[:4], "big")
        parts.append(data[4 : 4 + size])
        if len(data) < 4 or len(parts[-1]) != size:
            raise Invalid("not an SSH signature: it is cut")
        data = data[4 + size :]
    if len(parts) != count:
        raise Invalid("not an SSH signature: it has other parts")
    return parts
