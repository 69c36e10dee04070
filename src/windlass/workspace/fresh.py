"""A clean copy of a tree for checks to run in: the bytes as committed, and no `.git`."""

import os
from pathlib import Path

from windlass.kernel import Conflict
from windlass.workspace.git import Git
from windlass.workspace.mirror import Mirror
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
    env = {**git.env, "GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(into)}
    inside = Git(git.git_dir, env, git.fds, into, ("core.bare=false",))
    inside.run("read-tree", "--end-of-options", check_oid(tree))
    inside.run("checkout-index", "-a", "-u", "-f", "-q", timeout_s=CHECKOUT_TIMEOUT_S)
