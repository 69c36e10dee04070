"""Secrets in files of their own, which nobody but their owner may read."""

from pathlib import Path
from typing import Final

from windlass.kernel import Denied, Invalid, NotFound

SECRET_MAX: Final = 4096


def read_private(path: Path, what: str, *, hint: str = "") -> str:
    """The one word in a file; `what` names it, and `hint` says how to get one, in errors."""
    try:
        mode = path.stat().st_mode
        with path.open(encoding="ascii") as file:
            text = file.read(SECRET_MAX).strip()
    except OSError as error:
        raise NotFound(f"{what} file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{what} file {path} holds no {what}") from error
    if mode & 0o077:
        raise Denied(f"{what} file {path} can be read by others", hint=f"chmod 600 {path}")
    if not text or any(c.isspace() for c in text):
        raise Invalid(f"{what} file {path} holds no {what}", hint=hint)
    return text
