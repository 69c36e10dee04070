"""Who sends a request: a bearer token, or the cookie of a browser session with its second token."""

import hmac
from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection

from windlass.contracts import Operation
from windlass.identity import Door, Principal, Session
from windlass.web.problem import MissingCsrf

COOKIE: Final = "windlass_session"
CSRF: Final = "X-Windlass-CSRF"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A known caller. `cookie` and `session` are those of a browser."""

    principal: Principal
    cookie: str = ""
    session: Session | None = None


def admit(door: Door, connection: HTTPConnection, operation: Operation) -> Visitor:
    """Who is calling, by what this operation accepts. Raises identity.Unknown; asks the database."""
    return recognise(
        door, connection,
        sessions=any("session" in schemes for schemes in operation.security),
        csrf=all("csrf" in schemes for schemes in operation.security if "session" in schemes),
    )  # fmt: skip


def recognise(
    door: Door, connection: HTTPConnection, *, sessions: bool = True, csrf: bool = False, via: str = "rest"
) -> Visitor:
    """The same for what the HTTP contract does not describe, such as WebSockets."""
    source = connection.client.host if connection.client else ""
    given = connection.headers.getlist("authorization")
    cookie = connection.cookies.get(COOKIE)
    if given or cookie is None or not sessions:
        return Visitor(door.enter(bearer(given), via=via, source=source))
    session = door.sit(cookie, source=source)
    if csrf and not hmac.compare_digest(
        connection.headers.get(CSRF, "").encode(), session.csrf.encode()
    ):
        raise MissingCsrf
    return Visitor(session.principal, cookie, session)


def bearer(given: list[str]) -> str | None:
    """The token of an Authorization header; None when there is none, or more than one, or another scheme."""
    if len(given) != 1:
        return None
    scheme, _, text = given[0].partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None
