"""Hand a tree over to the uid that runs get, without following any link in it."""

import os
from pathlib import Path

from windlass.kernel import Invalid
from windlass.sandbox.bwrap import AGENT_UID

ENTRIES_MAX = 5_000_000


def prepare_writable(path: Path, *, uid: int = AGENT_UID) -> None:
    """Make `path` and everything below it belong to `uid` when windlass runs as root; otherwise it is ours
    already.

    Walks by directory descriptors, so that a tree that changes meanwhile cannot lead us out of it. Files with
    more than one name are left alone: another of their names may lie outside.
    """
    if os.geteuid() != 0:
        return
    try:
        top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise Invalid(f"cannot hand over {str(path)!r}: {error.strerror}") from error
    try:
        count = 0
        for _, directories, files, handle in os.fwalk(".", dir_fd=top, follow_symlinks=False):
            os.fchown(handle, uid, uid)
            for name in (*directories, *files):
                _give(name, handle, uid)
            count += len(directories) + len(files)
            if count > ENTRIES_MAX:
                raise Invalid(f"{str(path)!r} holds more than {ENTRIES_MAX} entries")
    finally:
        os.close(top)


def _give(name: str, parent: int, uid: int) -> None:
    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if status.st_nlink > 1 and (status.st_mode & 0o170000) == 0o100000 and status.st_uid != uid:
        return
    os.chown(name, uid, uid, dir_fd=parent, follow_symlinks=False)
