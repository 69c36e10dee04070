"""Carry objects between two repositories as a pack: no remote, no protocol, no hook."""

import os
from collections.abc import Iterable
from typing import IO

from windlass.workspace.git import Git
from windlass.workspace.refs import check_oid

PACK_TIMEOUT_S = 1800.0


def known(git: Git, oids: Iterable[str]) -> list[str]:
    """Those of `oids` that exist in the repository."""
    asked = [check_oid(oid) for oid in oids]
    if not asked:
        return []
    out = git.run(
        "cat-file", "--batch-check=%(objectname)", "--buffer", stdin="\n".join([*asked, ""]).encode()
    ).text
    return [line for line in out.split("\n") if line and not line.endswith(" missing")]


def pack(git: Git, wants: Iterable[str], haves: Iterable[str], into: IO[bytes]) -> None:
    """Write a thin pack of what `wants` reach and `haves` do not; no negotiation, no remote end, no hook."""
    lines = [*wants, *(f"^{oid}" for oid in haves), ""]
    git.run(
        "pack-objects", "--revs", "--thin", "--stdout", "--delta-base-offset", "-q",
        stdin="\n".join(lines).encode(), stdout=into, timeout_s=PACK_TIMEOUT_S,
    )  # fmt: skip
    into.flush()
    into.seek(0)


def take(git: Git, file: IO[bytes], *, small: int = 0) -> None:
    """Store the pack in `file`: loose when it holds at most `small` objects, as a pack otherwise."""
    # Children share the file's position: look without moving it, then start at the front.
    count = int.from_bytes(os.pread(file.fileno(), 12, 0)[8:12], "big")
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    if count == 0:
        return
    if count <= small:
        git.run("unpack-objects", "-q", stdin=file)
    else:
        git.run("index-pack", "--stdin", "--fix-thin", stdin=file, timeout_s=PACK_TIMEOUT_S)


def read_ref(git: Git, name: str) -> str | None:
    """The object at exactly this full reference name."""
    out = git.run("for-each-ref", "--format=%(objectname) %(refname)", "--", name).text
    for line in out.split("\n"):
        oid, _, found = line.partition(" ")
        if found == name:
            return oid
    return None
