"""/v1/tokens, /v1/session and /open: credentials of people, services and worker hosts."""

from typing import Any, Final

from windlass import identity
from windlass.backlog import repositories
from windlass.contracts import models
from windlass.identity import Issued, Role, Token, TokenKind
from windlass.kernel import NotFound, iso
from windlass.store import Transaction
from windlass.web.auth import COOKIE
from windlass.web.bind import Handler
from windlass.web.call import Call, Reply, named
from windlass.web.records import at

DAY_S: Final = 86_400.0
LANDING: Final = "/v1/session"
"""Where a one-time link leads."""
KINDS: Final = {"person": TokenKind.PERSON, "service": TokenKind.SERVICE, "runner": TokenKind.RUNNER}
_WORDS: Final = {kind: word for word, kind in KINDS.items()}


def list_tokens(call: Call) -> Any:
    """All of them for an admin; your own for everybody else."""

    def look(tx: Transaction) -> Any:
        names = {one.id: one.name for one in repositories(tx)}
        mine = None if call.principal.role is Role.ADMIN else call.who
        call.allow(owner=call.who, repository=call.principal.repository)
        now = tx.now()
        found = identity.tokens(tx, subject=mine)
        return [
            view(one, names) for one in found
            if one.kind in _WORDS and (call.query["revoked"] or one.alive(now))
        ]  # fmt: skip

    return {"tokens": call.read(look)}


def issue(call: Call, body: models.IssueToken) -> Any:
    told = body.model_dump(exclude_unset=True)
    role = Role(body.role)

    def make(tx: Transaction) -> Issued:
        wanted = told.get("repository")
        number = None if wanted is None else named(repositories(tx), wanted).id
        call.allow(owner=body.subject, granted=role, repository=number or call.principal.repository)
        now = tx.now()
        return identity.issue(
            tx, KINDS[body.kind], subject=body.subject, role=role, now=now, by=call.who,
            expires_at=now + told.get("days", 30) * DAY_S, name=told.get("name", ""),
            scopes=told.get("scopes", ()), repository=number,
        )  # fmt: skip

    made = call.write(make)
    return {"id": made.id, "text": made.text, "expires_at": iso(made.expires_at)}


def revoke(call: Call) -> None:
    number = call.path["token_id"]

    def end(tx: Transaction) -> None:
        next_ones = identity.tokens(tx, after=number - 1, limit=1)
        found = next((one for one in next_ones if one.id == number), None)
        call.allow(owner=found.subject if found else None, repository=call.principal.repository)
        if found is None:
            raise NotFound(f"there is no token {number}", hint="GET /v1/tokens lists them")
        identity.revoke(tx, number, call.who, tx.now())

    call.write(end)


def read_session(call: Call) -> Any:
    call.allow()
    assert call.visitor is not None
    who, session = call.principal, call.visitor.session
    told = {"subject": who.subject, "role": who.role.value, "scopes": sorted(who.scopes)}
    if session is None:
        return told
    return told | {"csrf": session.csrf, "expires_at": iso(session.expires_at)}


def end_session(call: Call) -> None:
    call.allow()
    assert call.visitor is not None
    cookie = call.visitor.cookie
    call.write(lambda tx: identity.close_session(tx, cookie, tx.now()))


def open_session(call: Call) -> Any:
    def spend(tx: Transaction) -> tuple[str, float]:
        cookie, session = identity.open_session(tx, call.query["code"], tx.now())
        return cookie, session.expires_at - tx.now()

    cookie, life_s = call.write(spend)
    kept = f"{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Strict; Max-Age={int(life_s)}"
    headers = {"Location": LANDING, "Set-Cookie": kept + ("; Secure" if call.secure else "")}
    return Reply(None, headers, media_type="")


def view(one: Token, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": one.id, "kind": _WORDS[one.kind], "subject": one.subject, "role": one.role.value,
        "name": one.name, "scopes": list(one.scopes), "repository": names.get(one.repository or 0),
        "created_at": iso(one.created_at), "created_by": one.created_by, "expires_at": iso(one.expires_at),
        "used_at": at(one.used_at), "revoked_at": at(one.revoked_at),
    }  # fmt: skip


HANDLERS: Final[dict[str, Handler]] = {
    "listTokens": list_tokens,
    "issueToken": issue,
    "revokeToken": revoke,
    "readSession": read_session,
    "endSession": end_session,
    "openSession": open_session,
}
