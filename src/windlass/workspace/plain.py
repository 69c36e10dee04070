"""Look at a user's git directory before git does, and refuse one that is not what it seems.

A pipe or a device in the place of a file would stop git for ever, or fill the memory; a link in a place that
windlass writes to would lead the writing elsewhere; a common directory of somebody else would be landed on.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from windlass.kernel import Invalid

ENTRIES_MAX = 1_000_000
SMALL_MAX = 64 * 1024 * 1024
"""Bytes of one control file: room for a million shallow commits."""
_READ = (
    "HEAD", "config", "config.worktree", "commondir", "gitdir", "shallow", "packed-refs", "index",
    "info/attributes", "info/exclude", "info/grafts", "objects/info/alternates", "objects/info/commit-graph",
)  # fmt: skip
_WRITTEN = ("objects", "objects/info", "objects/pack", "refs", "logs", "logs/refs")
_HINT = "clone the repository anew, and tend the clone"


def check_plain(path: Path) -> None:
    """Raise Invalid where the repository at or above `path` is not safe to open; nothing is said of no
    repository.
    """
    own = _git_dir(path)
    if own is None:
        return
    common = own
    if pointer := read_plain(own / "commondir"):
        common = Path(os.path.normpath(own / pointer.rstrip("\n")))
        if os.path.realpath(own.parent) != os.path.realpath(common / "worktrees"):
            raise Invalid(f"{own} says it belongs to {common}, which is another repository", hint=_HINT)
    for folder in dict.fromkeys([own, common, *sorted(common.glob("worktrees/*"))]):
        for name in _READ:
            _check_file(folder / name)
    for name in _WRITTEN:
        if (common / name).is_symlink():
            raise Invalid(f"{common / name} is a link out of the repository", hint=_HINT)
    for entry in _below(common / "refs", common / "logs" / "refs" / "heads"):
        if entry.is_symlink() or not (entry.is_file() or entry.is_dir()):
            raise Invalid(f"{entry.path} is neither a file nor a folder", hint=_HINT)


def check_work_tree(top: Path, own_dir: Path) -> None:
    """Raise Invalid unless the work tree `top` is that of the git directory `own_dir`, as its `.git` says."""
    if _pointed(top / ".git") != os.path.realpath(own_dir):
        raise Invalid(
            f"the configuration of {own_dir} names the work tree {top}, which is not its own",
            hint="git config --unset core.worktree",
        )


def read_plain(path: Path) -> str:
    """A small regular file as text, links followed; empty when there is none. Never waits."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}", hint=_HINT) from error
    with os.fdopen(fd, "rb") as file:
        facts = os.fstat(fd)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > SMALL_MAX:
            raise Invalid(f"{path} is not a regular file of at most {SMALL_MAX} bytes", hint=_HINT)
        return os.fsdecode(file.read(SMALL_MAX))


def _git_dir(path: Path) -> Path | None:
    """Where git would find the repository, told without asking git."""
    top = Path(os.path.abspath(path))
    for folder in (top, *top.parents):
        dot = folder / ".git"
        if os.path.lexists(dot):
            return Path(_pointed(dot))
        if os.path.lexists(folder / "HEAD") and (folder / "objects").is_dir() and (folder / "refs").is_dir():
            return folder
    return None


def _pointed(dot: Path) -> str:
    """The git directory a `.git` stands for, as a folder or as a file that names it."""
    if dot.is_dir() or not os.path.lexists(dot):
        return os.path.realpath(dot)
    return os.path.realpath(dot.parent / read_plain(dot).removeprefix("gitdir:").strip())


def _check_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # there is none, or git says better what is wrong with it
    if not stat.S_ISREG(mode):
        raise Invalid(f"{path} is not a regular file", hint=_HINT)


def _below(*folders: Path) -> "Iterator[os.DirEntry[str]]":
    waiting, count = [str(folder) for folder in folders], 0
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        count += len(entries)
        if count > ENTRIES_MAX:
            raise Invalid(
                f"{folders[0]} holds more than {ENTRIES_MAX} entries", hint="run git pack-refs --all"
            )
        yield from entries
        waiting += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
