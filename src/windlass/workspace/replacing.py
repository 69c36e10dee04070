"""Write files of the user's, as they asked for it: each whole or not at all, and none that has changed."""

import hashlib
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path


def replaced(top: Path, files: Mapping[str, tuple[str, bytes]], object_format: str) -> tuple[str, ...]:
    """Give files below `top` a new content, if what lies there is still the blob that is named with it; those
    that were written. Access rights stay; nothing is written through a link.
    """
    top = Path(os.path.realpath(top))
    return tuple(path for path, (oid, new) in files.items() if _replace(top / path, oid, new, object_format))


def _replace(path: Path, oid: str, new: bytes, object_format: str) -> bool:
    if os.path.realpath(path.parent) != str(path.parent):
        return False
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        return False
    with os.fdopen(handle, "rb") as stream:
        old = stream.read()
    if hashlib.new(object_format, b"blob %d\0%b" % (len(old), old)).hexdigest() != oid:
        return False
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(beside, "xb") as stream:
            os.fchmod(stream.fileno(), stat.S_IMODE(status.st_mode))
            stream.write(new)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return True
