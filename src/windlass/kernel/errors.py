"""One family of errors, sorted by who must act.

Exit codes and HTTP statuses derive from the kind; the documented table is `docs/reference/exit-codes.md`.
"""

from enum import Enum
from typing import ClassVar


class Kind(Enum):
    """Who must act; value = (exit code, HTTP status)."""

    INVALID = (2, 422)
    NOT_FOUND = (3, 404)
    DENIED = (5, 403)
    CONFLICT = (6, 409)
    UNAVAILABLE = (7, 503)
    BUG = (70, 500)

    @property
    def exit_code(self) -> int:
        return self.value[0]

    @property
    def http_status(self) -> int:
        return self.value[1]


class WindlassError(Exception):
    """Something could not be done. The message says what, which and why; the hint says what to do next."""

    kind: ClassVar[Kind] = Kind.BUG

    def __init__(self, message: str, *, hint: str = "", **details: object) -> None:
        super().__init__(message)
        self.hint = hint
        self.details = details

    @property
    def http_status(self) -> int:
        """That of its kind, unless the class knows a more exact one."""
        return self.kind.http_status

    @property
    def code(self) -> str:
        """Stable, machine-readable name, e.g. `lease-lost`."""
        name = type(self).__name__
        return "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")


class Invalid(WindlassError):
    """The caller must change what it asked for."""

    kind = Kind.INVALID


class NotFound(WindlassError):
    """The named thing does not exist."""

    kind = Kind.NOT_FOUND


class Denied(WindlassError):
    """Policy refuses; asking again changes nothing."""

    kind = Kind.DENIED


class Conflict(WindlassError):
    """The state moved; read it again and decide anew."""

    kind = Kind.CONFLICT


class Unavailable(WindlassError):
    """Something outside did not answer; try again later."""

    kind = Kind.UNAVAILABLE
