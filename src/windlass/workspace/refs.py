"""Which names and ids may reach git's command line. Pure."""

import re

from windlass.kernel import Invalid
from windlass.workspace.model import OID

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")


def check_ref(name: str) -> str:
    """Return `name` if it is a full reference (`refs/…`) of our grammar, narrower than git's own."""
    check_branch(name)
    if not name.startswith("refs/") or name.count("/") < 2:
        raise Invalid(f"{name!r} is not a full reference", hint="write refs/heads/… or refs/windlass/…")
    return name


def check_branch(name: str) -> str:
    """Return `name` if it is a branch name of our grammar `[A-Za-z0-9][A-Za-z0-9._/-]{0,199}`."""
    parts = name.split("/")
    bad = any(not p or p.startswith((".", "-")) or p.endswith((".", ".lock")) or ".." in p for p in parts)
    if not _NAME.fullmatch(name) or bad:
        raise Invalid(
            f"{name!r} is not a name windlass writes",
            hint="letters, digits, dot, dash, underscore and slash; at most 200 characters",
        )
    return name


def check_oid(oid: str) -> str:
    """Return `oid` if it is a full object id."""
    if not OID.fullmatch(oid):
        raise Invalid(f"{oid!r} is not an object id", hint="give 40 or 64 lower-case hex digits")
    return oid


def submission_ref(task: str, fence: int) -> str:
    """The reference that pins what attempt `fence` of `task` submitted. Workers cannot reach it."""
    return check_ref(f"refs/windlass/submissions/{task}/{fence}")


def zero(like: str) -> str:
    """The null id, as long as `like`."""
    return "0" * len(like)
