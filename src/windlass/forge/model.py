"""What a host may answer besides yes: that it refuses, or nothing that means anything."""

from windlass.kernel import Denied, Unavailable


class Rejected(Denied):
    """The host has looked at the commit and refuses it; asking again changes nothing by itself."""


class Unreachable(Unavailable):
    """Nobody knows: no answer, none in time, or a trouble of the host's that may pass."""
