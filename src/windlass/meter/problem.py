"""Our own refusals, in the words of each protocol, so that an agent's client understands them. Pure."""

import json
from typing import Final

from windlass.meter.model import Outcome, Protocol

_STATUSES: Final = {
    Outcome.CAPPED: 403, Outcome.REFUSED: 403, Outcome.UNRECORDED: 503, Outcome.TIMED_OUT: 504,
    Outcome.TOO_LARGE: 502,
}  # fmt: skip
"""A client tries again after 408, 409, 429 and 5xx; after a cap or a refusal it must not."""


def status_of(outcome: Outcome) -> int:
    """The status for a call to which the provider gave no answer that can be passed on."""
    return _STATUSES.get(outcome, 502)


def problem(protocol: Protocol | None, outcome: Outcome, why: str, *, status: int | None = None) -> bytes:
    """The body of a refusal; `windlass-…` is its stable word."""
    kind, code = f"windlass-{outcome.value}", status or status_of(outcome)
    message = f"windlass: {why}"
    if protocol is Protocol.MESSAGES:
        tree: object = {"type": "error", "error": {"type": kind, "message": message}}
    elif protocol is Protocol.GEMINI:
        tree = {"error": {"code": code, "message": message, "status": kind}}
    else:
        tree = {"error": {"message": message, "type": kind, "param": None, "code": kind}}
    return json.dumps(tree).encode()
