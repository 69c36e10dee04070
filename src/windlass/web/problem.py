"""The errors that only HTTP knows: what a body is made of, whom a request was meant for.

The document for an error is the contract's (`contracts.problem`), the same as over MCP.
"""

from typing import Final

from windlass.identity import Unknown
from windlass.kernel import Denied, Invalid, Unavailable, WindlassError

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 1


class TooLarge(Invalid):
    """The body is larger than what is accepted."""

    http_status = 413

    def __init__(self, size_max: int) -> None:
        super().__init__(f"the body has more than {size_max} bytes", hint="send less at once")


class UnsupportedMediaType(Invalid):
    """The body is of a kind that is not accepted here."""

    http_status = 415

    def __init__(self, wanted: str) -> None:
        super().__init__(f"the body is not {wanted}", hint=f"send `Content-Type: {wanted}`")


class MethodNotAllowed(Invalid):
    """The path is known, the method is not."""

    http_status = 405


class Misdirected(Denied):
    """The request names a host that this server does not answer for."""

    http_status = 421

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


def headers_of(error: WindlassError) -> dict[str, str]:
    if isinstance(error, Unknown):
        return {"WWW-Authenticate": 'Bearer realm="windlass"'}
    if isinstance(error, Unavailable):
        return {"Retry-After": str(RETRY_AFTER_S)}
    return {}
