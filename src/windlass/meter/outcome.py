"""What a status, or an error inside a stream, means; what may be tried again, and after how long. Pure."""

import re
from email.utils import parsedate_to_datetime
from typing import Final

from windlass.meter.model import Outcome

AGAIN: Final = frozenset(
    {Outcome.RATE_LIMITED, Outcome.SERVER_ERROR, Outcome.UNREACHABLE, Outcome.DROPPED, Outcome.TIMED_OUT}
)
BACKOFF_S: Final = 0.5
BACKOFF_MAX_S: Final = 8.0

_STATUSES: Final = {
    401: Outcome.UNAUTHENTICATED, 402: Outcome.FORBIDDEN, 403: Outcome.FORBIDDEN, 404: Outcome.NOT_FOUND,
    408: Outcome.TIMED_OUT, 429: Outcome.RATE_LIMITED,
}  # fmt: skip
_ERRORS: Final = (
    (re.compile(r"authentication|unauthenticated|invalid_api_key", re.I), Outcome.UNAUTHENTICATED),
    (re.compile(r"permission|billing|quota", re.I), Outcome.FORBIDDEN),
    (re.compile(r"not_found", re.I), Outcome.NOT_FOUND),
    (re.compile(r"rate_limit|exhausted|429", re.I), Outcome.RATE_LIMITED),
    (re.compile(r"timeout|deadline", re.I), Outcome.TIMED_OUT),
    (re.compile(r"invalid|context_length", re.I), Outcome.INVALID),
)


def of_status(status: int) -> Outcome:
    """What an HTTP status says; a redirect is garbage, since the key is not carried elsewhere."""
    if 200 <= status < 300:
        return Outcome.ANSWERED
    if status >= 500:
        return Outcome.SERVER_ERROR
    return _STATUSES.get(status, Outcome.INVALID if status >= 400 else Outcome.GARBAGE)


def of_error(kind: str) -> Outcome:
    """What an error reported inside a stream of status 200 says, by its type, code or status."""
    return next((outcome for pattern, outcome in _ERRORS if pattern.search(kind)), Outcome.SERVER_ERROR)


def is_free(outcome: Outcome, status: int | None, *, sent: bool) -> bool:
    """Whether a call that ended so, without a word about usage, surely cost nothing: it was not sent, or the
    provider refused it with an error. What was cut or timed out may have been worked on.
    """
    unsure = (
        Outcome.ANSWERED, Outcome.CUT, Outcome.GARBAGE, Outcome.DROPPED, Outcome.TIMED_OUT, Outcome.TOO_LARGE,
        Outcome.LEFT,
    )  # fmt: skip
    return not sent or (status or 0) >= 400 or outcome not in unsure


def retry_after_s(headers: dict[str, str], now: float) -> float | None:
    """What the provider asks to wait: `retry-after-ms`, or `Retry-After` as seconds or a date."""
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", ms := headers.get("retry-after-ms", "")):
        return float(ms) / 1000
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def pause_s(
    outcome: Outcome, tries: int, asked_s: float | None, *, most_s: float, jitter: float
) -> float | None:
    """Seconds to wait before the next try, `tries` having failed; None: give up, now or since it is asked to
    wait longer than `most_s`. `jitter` from 0 to 1 shortens our own pauses by up to a half.
    """
    if outcome not in AGAIN:
        return None
    if asked_s is not None:
        return asked_s if asked_s <= most_s else None
    pause: float = min(BACKOFF_MAX_S, BACKOFF_S * 2 ** (tries - 1)) * (1 - jitter / 2)
    return min(pause, most_s)
