"""SSH signatures: what OpenSSH and git accept, and nothing else."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from windlass.kernel import Denied, Invalid
from windlass.land import sshsig

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
TEXT = b"tree 1\nauthor me\n\nsubject\n"
ARMOR = sshsig.armored(PUBLIC, PRIVATE.sign, TEXT)


def test_a_signature_holds_for_its_text_and_key_alone() -> None:
    sshsig.check(PUBLIC, TEXT, ARMOR)
    with pytest.raises(Denied, match="false"):
        sshsig.check(PUBLIC, TEXT + b" ", ARMOR)
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    with pytest.raises(Denied, match="another key"):
        sshsig.check(other, TEXT, ARMOR)


def test_the_same_text_has_always_the_same_signature() -> None:
    assert sshsig.armored(PUBLIC, PRIVATE.sign, TEXT) == ARMOR


@pytest.mark.parametrize(
    "armor",
    ["", "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----", ARMOR.replace("U1NI", "U1NJ"),
     ARMOR.replace("\n", "\n!", 1), "\n".join((*ARMOR.split("\n")[:-2], ARMOR.split("\n")[-1])),
     ARMOR + "x" * 5000],
)  # fmt: skip
def test_what_is_no_signature_is_said_so(armor: str) -> None:
    with pytest.raises((Invalid, Denied)):
        sshsig.check(PUBLIC, TEXT, armor)


def test_every_flipped_byte_is_noticed() -> None:
    lines = ARMOR.split("\n")
    for at in range(0, len(lines[2]), 7):
        changed = "A" if lines[2][at] != "A" else "B"
        bad = "\n".join((*lines[:2], lines[2][:at] + changed + lines[2][at + 1 :], *lines[3:]))
        with pytest.raises((Invalid, Denied)):
            sshsig.check(PUBLIC, TEXT, bad)


def test_a_commit_gives_back_what_was_signed() -> None:
    folded = ARMOR.replace("\n", "\n ")
    content = TEXT.replace(b"\n\n", f"\ngpgsig {folded}\n\n".encode(), 1)
    assert sshsig.unsigned_commit(content) == (TEXT, ARMOR)
    with pytest.raises(Invalid, match="not signed"):
        sshsig.unsigned_commit(TEXT)


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH is not installed here")
def test_openssh_accepts_it(tmp_path: Path) -> None:
    from windlass.land.key import PublicKey

    signers, signature = tmp_path / "signers", tmp_path / "signature"
    signers.write_text(PublicKey("windlass/landing/1", PUBLIC).line + "\n")
    signature.write_text(ARMOR + "\n")
    words = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-f",
        signers,
        "-I",
        "windlass/landing/1",
        "-n",
        "git",
        "-s",
        signature,
    ]
    done = subprocess.run(words, input=TEXT, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
