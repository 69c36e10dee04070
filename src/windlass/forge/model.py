"""What a host may answer besides yes: that it refuses, or nothing that means anything."""

from windlass.kernel import Denied, Unavailable


class Rejected(Denied):
    """The host has looked at it and refuses; asking again changes nothing by itself."""


class Unreachable(Unavailable):
    """Nobody knows: no answer, none in time, or a trouble of the host's that may pass.

    `after_s`: the host wants to be left alone for so many seconds; 0 where it said nothing of that.
    """

    def __init__(self, message: str, *, hint: str = "", after_s: float = 0.0) -> None:
        super().__init__(message, hint=hint)
        self.after_s = after_s
