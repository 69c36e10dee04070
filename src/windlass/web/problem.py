"""Errors as problem documents (RFC 9457): one table beside the exit codes, and no secret in any of them.

HTTP knows more ways to be wrong than the command line: what a body is made of, whom a request was meant for.
Those have a class here; everything else takes its status from its kind.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from windlass.contracts import Malformed, Mistake
from windlass.identity import Unknown
from windlass.kernel import Denied, Invalid, Kind, Unavailable, WindlassError

MEDIA_TYPE: Final = "application/problem+json"
DETAIL_MAX: Final = 4000
HINT_MAX: Final = 2000
RETRY_AFTER_S: Final = 1

_TOKEN: Final = re.compile(r"wl_(pat|svc|run|lease|link)_[A-Za-z0-9]+")


class Unfit(Invalid):
    """The request does not fit the contract."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        first = mistakes[0]
        where = f"{first.place}{' ' if first.pointer else ''}{first.pointer}"
        super().__init__(
            f"{where}: {first.detail}", hint="`errors` names every place; the contract is at /openapi.yaml"
        )
        self.mistakes = tuple(mistakes)


class TooLarge(Invalid):
    """The body is larger than what is accepted."""

    def __init__(self, size_max: int) -> None:
        super().__init__(f"the body has more than {size_max} bytes", hint="send less at once")


class UnsupportedMediaType(Invalid):
    """The body is of a kind that is not accepted here."""

    def __init__(self, wanted: str) -> None:
        super().__init__(f"the body is not {wanted}", hint=f"send `Content-Type: {wanted}`")


class MethodNotAllowed(Invalid):
    """The path is known, the method is not."""


class Misdirected(Denied):
    """The request names a host that this server does not answer for."""

    def __init__(self) -> None:
        super().__init__(
            "the request names a host that this server does not answer for",
            hint="use the address it was started with, or name this one: windlass serve --host NAME",
        )


class ForeignOrigin(Denied):
    """A page of somebody else sent the request."""

    def __init__(self) -> None:
        super().__init__("the page that sent the request may not", hint="use a page of this server")


class MissingCsrf(Denied):
    """A browser session asks for a change without its second token."""

    def __init__(self) -> None:
        super().__init__(
            "the header X-Windlass-CSRF is missing or wrong", hint="GET /v1/session tells what it has to hold"
        )


class Busy(Unavailable):
    """More is asked at once than this server takes."""

    def __init__(self) -> None:
        super().__init__("this server has enough to do", hint="try again in a second")


STATUS: Final[Mapping[type[WindlassError], int]] = {
    Malformed: 400,
    Unknown: 401,
    MethodNotAllowed: 405,
    TooLarge: 413,
    UnsupportedMediaType: 415,
    Misdirected: 421,
}
"""What differs from the status of the kind."""


def status_of(error: WindlassError) -> int:
    for known in type(error).__mro__:
        if known in STATUS:
            return STATUS[known]
    return error.kind.http_status


def problem(error: WindlassError, *, instance: str = "") -> dict[str, Any]:
    """The document for an error that may be shown. A bug is not explained, only named."""
    status = status_of(error)
    code = "bug" if error.kind is Kind.BUG else error.code
    detail, hint = str(error), error.hint
    if error.kind is Kind.BUG:
        detail, hint = "a bug in windlass", "report it; the server's log has it under `instance`"
    made: dict[str, Any] = {
        "type": f"urn:windlass:problem:{code}", "title": HTTPStatus(status).phrase, "status": status,
        "detail": redacted(detail)[:DETAIL_MAX], "code": code, "hint": redacted(hint)[:HINT_MAX],
        "exit_code": error.kind.exit_code,
    }  # fmt: skip
    if instance:
        made["instance"] = instance
    if isinstance(error, Unfit):
        made["errors"] = [
            {
                "in": one.place, "pointer": redacted(one.pointer), "rule": one.rule,
                "detail": redacted(one.detail),
            }
            for one in error.mistakes
        ]  # fmt: skip
    return made


def headers_of(error: WindlassError) -> dict[str, str]:
    if isinstance(error, Unknown):
        return {"WWW-Authenticate": 'Bearer realm="windlass"'}
    if isinstance(error, Unavailable):
        return {"Retry-After": str(RETRY_AFTER_S)}
    return {}


def redacted(text: str) -> str:
    """The text without tokens: only their prefix stays."""
    return _TOKEN.sub(r"wl_\1_…", text)
