"""The key that signs landings: one for each data home, beside the one of the audit log."""

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from windlass import events
from windlass.kernel import Invalid
from windlass.land import sshsig

PURPOSE: Final = "landing"
_LINE: Final = re.compile(
    r'(?P<name>\S+) (?:namespaces="git" )?ssh-ed25519 (?P<key>[A-Za-z0-9+/=]{60,80})(?: .*)?'
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Who signs, and the raw key of 32 bytes."""

    name: str
    raw: bytes

    @property
    def line(self) -> str:
        """The line for git's `gpg.ssh.allowedSignersFile`."""
        blob = base64.b64encode(sshsig.key_blob(self.raw)).decode()
        return f'{self.name} namespaces="git" ssh-ed25519 {blob}'


@dataclass(frozen=True, slots=True)
class LandingKey:
    """A name and its private key; the name holds the beginning of the public one."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of the signature."""
        return self.private.sign(data)

    def armor(self, content: bytes) -> str:
        """The signature of a commit with this content, as git keeps it."""
        return sshsig.armored(self.public.raw, self.sign, content)


def landing_key(folder: Path) -> LandingKey:
    """The key in the data home's `keys`, made on first use. Raises Denied when others can read it."""
    signer = events.load_signer(folder, PURPOSE)
    return LandingKey(signer.name, signer.private)


def parse_public_key(line: str) -> PublicKey:
    """Read a line of an allowed-signers file, as `windlass land key` prints it."""
    found = _LINE.fullmatch(line.strip())
    blob = base64.b64decode(found["key"]) if found else b""
    if found is None or blob != sshsig.key_blob(blob[-32:]):
        raise Invalid(
            f"not the line of a landing key: {line.strip()[:100]!r}", hint="windlass land key prints it"
        )
    return PublicKey(found["name"], blob[-32:])
