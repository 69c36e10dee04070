"""A clean copy of a tree for checks to run in: the bytes as committed, and no `.git`."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from windlass.kernel import Conflict
from windlass.workspace.git import Git
from windlass.workspace.mirror import Mirror
from windlass.workspace.model import GitFailed
from windlass.workspace.refs import check_oid
from windlass.workspace.trash import scratch

CHECKOUT_TIMEOUT_S = 1800.0


def fresh_checkout(mirror: Mirror, tree: str, into: Path) -> None:
    """Write the files of a tree or commit into the new folder `into`, complete or not at all.

    Attributes have no effect: no smudge filter, no line-ending or encoding conversion, no `$Id$`, so that two
    checkouts of one tree are equal on every machine; Git LFS pointers and submodules (empty folders) stay
    what they are. Executable bits and links are made, links never followed.
    """
    if into.exists():
        raise Conflict(f"{into} exists already", hint="a fresh checkout wants a new folder")
    into.parent.mkdir(parents=True, exist_ok=True)
    with scratch(into.parent, ".fresh-") as folder:
        made = folder / "tree"
        made.mkdir(mode=0o755)
        write_files(mirror.git, tree, made, folder / "index")
        os.rename(made, into)


def write_files(git: Git, tree: str, into: Path, index: Path) -> None:
    """Read `tree` into the new index file `index` and write its files into the empty folder `into`."""
    inside = _inside(git, into, index)
    inside.run("read-tree", "--end-of-options", check_oid(tree))
    inside.run("checkout-index", "-a", "-u", "-f", "-q", timeout_s=CHECKOUT_TIMEOUT_S)


def go_on(
    mirror: Mirror, trees: tuple[str, str], files: Path, index: Path, *,
    also: Sequence[bytes] = (), last: bool = False,
) -> bool:  # fmt: skip
    """Bring files that are as the first tree has them to the second, by writing and deleting what differs,
    and what is missing (`also`); False when git will not. What is new belongs to whom `files` belongs. Nobody
    else writes there. `last`: it will not go on from here.
    """
    try:
        inside = _inside(mirror.git, files, index)
        inside.run("read-tree", "--reset", "-u", "--end-of-options", trees[1], timeout_s=CHECKOUT_TIMEOUT_S)
        if os.geteuid() == 0:
            names = mirror.git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", *trees).out
            owner = files.stat()
            for name in {*names.split(b"\0")[:-1], *also}:
                _give(files, files / os.fsdecode(name), (owner.st_uid, owner.st_gid))
            if not last:
                refresh(mirror, files, index)
    except GitFailed:
        return False
    return True


def refresh(mirror: Mirror, files: Path, index: Path) -> None:
    """Note in the index how the files are, after they were given to others; fails if one is not as it says.

    Else git would take each for changed, and write it anew as ours the next time it goes on.
    """
    _inside(mirror.git, files, index).run("update-index", "--refresh", timeout_s=CHECKOUT_TIMEOUT_S)


def _give(top: Path, place: Path, owner: tuple[int, int]) -> None:
    """Give an entry and the folders on the way to it."""
    while place != top:
        with suppress(FileNotFoundError):
            os.chown(place, *owner, follow_symlinks=False)
        place = place.parent


def _inside(git: Git, files: Path, index: Path) -> Git:
    env = {**git.env, "GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(files)}
    return Git(git.git_dir, env, git.fds, files, ("core.bare=false",))
