"""The tree of what lies in a user's checkout now, staged or as files. Their files, index and objects stay as
they are.

A copy of their index says which files need no reading. Git runs on the mirror, never with the user's
configuration: no filter, no hook; the bytes go into the tree as they lie there.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from windlass.kernel import Invalid
from windlass.workspace.checkout import Checkout
from windlass.workspace.git import Git
from windlass.workspace.model import GITLINK, GitFailed
from windlass.workspace.plain import read_plain
from windlass.workspace.transfer import known, take
from windlass.workspace.trash import scratch

FILE_MAX: Final = 100 * 1024 * 1024
"""Bytes of one new or changed file; a larger one is hardly meant to be committed."""
FEW: Final = 100
"""Objects that are stored one by one."""


class Place(Protocol):
    """What is needed of a `Mirror`."""

    @property
    def git(self) -> Git: ...
    @property
    def tmp(self) -> Path: ...


def staged_tree(place: Place, checkout: Checkout, index: Path | None = None) -> str:
    """What a commit would hold now. `index`: another file of the same kind, as git hands to its hooks."""
    with scratch(place.tmp, "index-") as folder:
        return _written(place, _git(place, checkout, folder, index), checkout)


def files_tree(place: Place, checkout: Checkout) -> str:
    """Every file that git does not ignore, as it lies there, new ones too."""
    if checkout.bare:
        raise Invalid(f"{checkout.path} has no work tree", hint="name a commit instead: --commit HEAD")
    with scratch(place.tmp, "index-") as folder:
        git = _git(place, checkout, folder, None)
        (folder / "ignored").write_bytes(b"\n".join(_ignored(checkout)))
        told = replace(git, cwd=checkout.path, config=(f"core.excludesFile={folder / 'ignored'}",))
        told = told.with_env(GIT_WORK_TREE=str(checkout.path))
        asked = told.run("ls-files", "-m", "-o", "--exclude-standard", "-z").out.split(b"\0")
        paths = _plain(checkout.path, asked)
        lines = b"".join(path + b"\0" for path in paths)
        try:
            told.run("update-index", "--add", "--remove", "--replace", "-z", "--stdin", stdin=lines)
        except GitFailed as error:
            hint = "make it readable, or let git ignore it"
            raise Invalid(f"a file of {checkout.path} cannot be read: {error}", hint=hint) from error
        return _written(place, git, checkout)


def bring(place: Place, checkout: Checkout, oids: Sequence[str]) -> None:
    """Copy these objects, and what they reach, into the mirror; those it has cost one look."""
    missing = sorted(set(oids).difference(known(place.git, oids)))
    if not missing:
        return
    with tempfile.TemporaryFile(dir=place.tmp) as file:
        checkout.pack(missing, (), file)
        take(place.git, file, small=FEW)


def _git(place: Place, checkout: Checkout, folder: Path, index: Path | None) -> Git:
    """Git on the mirror with a copy of an index of the user's."""
    git = place.git.with_env(GIT_INDEX_FILE=str(folder / "index"))
    theirs = index or checkout.own_dir / "index"
    if next(checkout.own_dir.glob("sharedindex.*"), None) is not None:
        # It is split over two files: asked for its entries, whose files are all read then.
        asked = Git(checkout.own_dir).with_env(GIT_INDEX_FILE=str(theirs)).run("ls-files", "-s", "-z").out
        git.run("update-index", "-z", "--index-info", stdin=asked)
    elif os.path.lexists(theirs):
        read_plain(theirs)  # refuses what is no plain file
        shutil.copy2(theirs, folder / "index")  # with its time, by which git knows what changed meanwhile
    return git


def _written(place: Place, git: Git, checkout: Checkout) -> str:
    """The tree of an index; blobs that only the user's repository has are brought."""
    entries = git.run("ls-files", "-s", "-z").out.split(b"\0")
    fields = [entry.partition(b"\t")[0].split() for entry in entries if entry]
    if any(stage != b"0" for _, _, stage in fields):
        raise Invalid("a merge is not finished: the index holds conflicts", hint="git status names the files")
    bring(place, checkout, [oid.decode() for mode, oid, _ in fields if mode != GITLINK.encode()])
    return git.run("write-tree").text


def _plain(top: Path, asked: Iterable[bytes]) -> list[bytes]:
    """Of paths that git names those that a commit can hold: files, links, and what is gone."""
    found = []
    for path in dict.fromkeys(asked):
        if not path or path.endswith(b"/"):  # a repository inside this one
            continue
        try:
            facts = os.lstat(os.path.join(os.fsencode(top), path))
        except (FileNotFoundError, NotADirectoryError):
            found.append(path)
            continue
        if stat.S_ISREG(facts.st_mode) and facts.st_size > FILE_MAX:
            name, size = os.fsdecode(path), facts.st_size // 2**20
            raise Invalid(f"{name!r} is new or changed and has {size} MiB", hint="let git ignore it")
        if stat.S_ISREG(facts.st_mode) or stat.S_ISLNK(facts.st_mode):
            found.append(path)
    return found


def _ignored(checkout: Checkout) -> list[bytes]:
    """What the user has git ignore besides the tree's own .gitignore files."""
    asked = Git(None).as_user()
    named = asked.ask("config", "--global", "--type=path", "--get", "core.excludesFile").text
    usual = Path(os.environ.get("XDG_CONFIG_HOME") or f"{asked.env['HOME']}/.config", "git", "ignore")
    places = (checkout.git_dir / "info" / "exclude", Path(named) if named else usual)
    return [os.fsencode(read_plain(place)) for place in places]
