"""From the words of an error to what kind of trouble it is. Pure.

Agents pass on what a provider said, each in its own words; what they agree on is the number of the HTTP
status and the usual names beside it. Where nothing is recognised, the agent itself failed.
"""

import re
from collections.abc import Mapping
from typing import Final

from windlass.agents.model import End

TEXT_MAX: Final = 20_000
"""Characters of an error that are looked at, from its end."""
LINE_MAX: Final = 500

_SIGNS: Final[Mapping[End, tuple[str, ...]]] = {
    End.AUTH: (
        r"\b(401|403)\b", "unauthori[sz]ed", "unauthenticated", "invalid.{0,12}api.?key", "incorrect api key",
        "api.?key.{0,20}(missing|invalid)", "authentication.?(required|error|failed)", "permission_denied",
    ),
    End.RATE_LIMITED: (r"\b429\b", "rate.?limit", "too many requests", "resource_exhausted", "quota"),
    End.UNREACHABLE: (
        "econnrefused", "connection refused", "connect error", "enotfound", "eai_again", "connection error",
        "unable to connect", "error sending request", "failed to connect", "cannot connect", "fetch failed",
        "unreachable", "windlass: no connection",
    ),
    End.CUT: (
        "stream (closed|disconnected|ended)", "disconnected before", "terminated", "socket hang ?up",
        "premature", "econnreset", "incomplete", "unexpected end", "other side closed",
        "invalid (json|stream|response)", "failed to (parse|decode)", "no valid", "parse error",
        "not valid json",         "type validation", "json parsing", "no (candidates|choices)",
        "empty response",
        "socket connection was closed", "ended in the middle", "no answer of the protocol",
    ),
    End.SERVER_ERROR: (
        r"\b5\d\d\b", "internal ?server ?error", "server_error", "overloaded", "service unavailable",
        "bad gateway", "high demand",
    ),
}  # fmt: skip
"""In this order: a status says more than how the connection ended."""
_KINDS: Final = {end: re.compile("|".join(signs), re.IGNORECASE) for end, signs in _SIGNS.items()}


def trouble(text: str) -> End:
    """The kind of trouble an error's words speak of; CRASHED when they speak of none that is known."""
    found = sign(text)
    return End.CRASHED if found is None else found[0]


def sign(text: str) -> tuple[End, str] | None:
    """The kind of trouble, and the line that speaks of it; None when it is none that is known."""
    looked = text[-TEXT_MAX:]
    for end, signs in _KINDS.items():
        if found := signs.search(looked):
            begin, stop = looked.rfind("\n", 0, found.start()) + 1, looked.find("\n", found.end())
            line = looked[begin : stop if stop >= 0 else len(looked)]
            return end, line.strip()[:LINE_MAX]
    return None
