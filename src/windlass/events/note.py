"""Signed notes and checkpoints as C2SP writes them (signed-note, tlog-checkpoint), with Ed25519.

A note is text, an empty line, and lines `— NAME BASE64(key id, signature)`. A checkpoint is a note whose text
is the log's name, its size and its root. Key ids and key strings are those of Go's sumdb/note.
"""

import base64
import binascii
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from windlass.kernel import Denied, Invalid

ED25519: Final = b"\x01"
KEY_FILE: Final = "audit.key"
NOTE_MAX: Final = 65_536
"""Characters of a note that is read; ours take about 250."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A name and its private key; the name is also the log's origin."""

    name: str
    private: Ed25519PrivateKey

    def verifier_key(self) -> str:
        """The public key string `NAME+ID+BASE64` to be given to whoever verifies."""
        raw = ED25519 + self.private.public_key().public_bytes_raw()
        return f"{self.name}+{key_id(self.name, raw).hex()}+{base64.b64encode(raw).decode()}"


@dataclass(frozen=True, slots=True)
class Verifier:
    name: str
    id: bytes
    public: Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was signed: the log `origin` had `size` entries with this root."""

    origin: str
    size: int
    root: bytes


def key_id(name: str, raw: bytes) -> bytes:
    """The first four bytes of SHA-256 over name, newline, algorithm byte and public key."""
    return sha256(name.encode() + b"\n" + raw).digest()[:4]


def sign(text: str, signer: Signer) -> str:
    """`text`, which ends with a newline, as a signed note."""
    raw = ED25519 + signer.private.public_key().public_bytes_raw()
    signature = key_id(signer.name, raw) + signer.private.sign(text.encode())
    return f"{text}\n— {signer.name} {base64.b64encode(signature).decode()}\n"


def open_note(note: str, verifier: Verifier) -> str:
    """The text of a note that `verifier` signed; Denied when it did not, Invalid when it is no note."""
    head, blank, tail = note.rpartition("\n\n")
    if len(note) > NOTE_MAX or not blank or not tail.endswith("\n"):
        raise Invalid("not a signed note: a text, an empty line and signatures are needed")
    text = head + "\n"
    signatures = [_signature(line) for line in tail[:-1].split("\n")]
    ours = [found for name, found in signatures if name == verifier.name and found[:4] == verifier.id]
    if not ours:
        raise Denied(f"the note is not signed by {verifier.name!r}")
    try:
        for signature in ours:
            verifier.public.verify(signature[4:], text.encode())
    except InvalidSignature as error:
        raise Denied(f"the signature of {verifier.name!r} is false") from error
    return text


def parse_verifier_key(text: str) -> Verifier:
    """Read a public key string `NAME+ID+BASE64`."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not parts[0]:
        raise Invalid(f"not a verifier key: {text.strip()[:80]!r}", hint="it looks like NAME+0123abcd+BASE64")
    name, number, encoded = parts
    raw = _decode(encoded)
    if raw[:1] != ED25519 or len(raw) != 33 or key_id(name, raw).hex() != number:
        raise Invalid(f"the verifier key of {name!r} contradicts itself or is not Ed25519")
    return Verifier(name, key_id(name, raw), Ed25519PublicKey.from_public_bytes(raw[1:]))


def checkpoint_text(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.origin}\n{checkpoint.size}\n{base64.b64encode(checkpoint.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint; lines behind the third are extensions, which are ignored."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not lines[1].isascii() or not lines[1].isdigit():
        raise Invalid("not a checkpoint: name, size and root are needed")
    size, root = int(lines[1]), _decode(lines[2])
    if lines[1] != str(size) or len(root) != 32:
        raise Invalid(f"not a checkpoint: size {lines[1]!r} or root {lines[2]!r} is malformed")
    return Checkpoint(lines[0], size, root)


def load_signer(folder: Path, purpose: str = "audit") -> Signer:
    """The signing key in `folder` (the data home's keys), made on first use with mode 0600; one a purpose.

    The name holds the beginning of the public key, so that two installations never share one.
    """
    path = folder / f"{purpose}.key"
    if not path.exists():
        _make_key(path, purpose)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise Denied(f"cannot read the signing key {path}: {error.strerror}") from error
    with os.fdopen(handle) as file:
        if os.fstat(handle).st_mode & 0o077:
            raise Denied(f"{path} can be read by others", hint=f"chmod 600 {path}")
        return _parse_signer(file.read(4096), path)


def _make_key(path: Path, purpose: str) -> None:
    """Write beside, then link: of two processes one wins, and a killed one leaves no half key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    private = Ed25519PrivateKey.generate()
    name = f"windlass/{purpose}/{private.public_key().public_bytes_raw()[:4].hex()}"
    raw = ED25519 + private.public_key().public_bytes_raw()
    seed = base64.b64encode(ED25519 + private.private_bytes_raw()).decode()
    beside = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"PRIVATE+KEY+{name}+{key_id(name, raw).hex()}+{seed}\n")
        file.flush()
        os.fsync(handle)
    try:
        os.link(beside, path)
    except FileExistsError:
        return  # another process was first; its key is the one
    finally:
        beside.unlink()


def _parse_signer(text: str, path: Path) -> Signer:
    parts = text.strip().split("+", 4)
    if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
        raise Invalid(f"{path} does not hold a signing key", hint="restore it from a backup of the data home")
    raw = _decode(parts[4])
    if raw[:1] != ED25519 or len(raw) != 33:
        raise Invalid(f"{path} holds no Ed25519 key", hint="restore it from a backup of the data home")
    return Signer(parts[2], Ed25519PrivateKey.from_private_bytes(raw[1:]))


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    signature = _decode(encoded)
    if dash != "—" or not name or len(signature) < 5:
        raise Invalid(f"not a signature line: {line[:80]!r}")
    return name, signature


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(f"not base64: {text[:80]!r}") from error
