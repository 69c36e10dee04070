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
    sessions = [schemes for schemes in operation.security if "session" in schemes]
    if not any("bearer" in schemes for schemes in operation.security):
        return seated(door, connection, csrf=all("csrf" in schemes for schemes in sessions))
    if not sessions or connection.headers.getlist("authorization") or COOKIE not in connection.cookies:
        return recognise(door, connection)
    return seated(door, connection, csrf=all("csrf" in schemes for schemes in sessions))


def recognise(door: Door, connection: HTTPConnection, *, via: str = "rest") -> Visitor:
    """Who a bearer token stands for."""
    text = bearer(connection.headers.getlist("authorization"))
    return Visitor(door.enter(text, via=via, source=_source(connection)))


def seated(door: Door, connection: HTTPConnection, *, csrf: bool) -> Visitor:
    """Whose session the cookie is; `csrf`: only with the second token."""
    cookie = connection.cookies.get(COOKIE, "")
    session = door.sit(cookie, source=_source(connection))
    given = connection.headers.get(CSRF, "")
    if csrf and not hmac.compare_digest(given.encode(), session.csrf.encode()):
        raise MissingCsrf
    return Visitor(session.principal, cookie, session)


def recheck(door: Door, visitor: Visitor) -> None:
    """Raise identity.Unknown when this caller would not be let in again."""
    door.recheck(visitor.principal, visitor.cookie)


def _source(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


def bearer(given: list[str]) -> str | None:
    """The token of an Authorization header; None when there is none, or more than one, or another scheme."""
    if len(given) != 1:
        return None
    scheme, _, text = given[0].partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None
