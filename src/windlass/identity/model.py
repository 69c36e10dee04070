"""Who is calling: roles, principals, tokens and sessions."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from windlass.kernel import Denied


class Role(Enum):
    """What a principal is; `rights.py` says what each may do."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"
    SERVICE = "service"
    AGENT = "agent"


class TokenKind(Enum):
    """What a token is for; the value is its prefix, so that a scanner can tell a leak."""

    PERSON = "wl_pat_"
    SERVICE = "wl_svc_"
    RUNNER = "wl_run_"
    """Whoever claims: a worker host or any MCP client."""
    LEASE = "wl_lease_"
    """One lease: made by a claim, and good for nothing but that task under that fence."""
    LINK = "wl_link_"
    """Good once, within minutes, to open a session in a browser; never a bearer."""


PEOPLE: Final = frozenset({Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.ADMIN})
ROLES_OF: Final = {
    TokenKind.PERSON: PEOPLE,
    TokenKind.SERVICE: frozenset({Role.SERVICE}),
    TokenKind.RUNNER: frozenset({Role.AGENT, Role.SERVICE}),
    TokenKind.LEASE: frozenset({Role.AGENT}),
    TokenKind.LINK: PEOPLE,
}
"""Which roles a token of a kind may carry: no token of an agent's can ever be a person's."""

RUNNER_PREFIX: Final = "runner:"


class Unknown(Denied):
    """No credential that counts: missing, malformed, unknown, expired or revoked. Never says which."""

    http_status = 401

    def __init__(self) -> None:
        super().__init__(
            "the credential is missing or not valid",
            hint="send a valid token as `Authorization: Bearer …`; make one: windlass token create",
        )


@dataclass(frozen=True, slots=True)
class LeaseRef:
    """The lease a token stands for; whether it is still held is dispatch's to say, in its own transaction."""

    task_id: int
    fence: int
    worker: str
    node: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. `scopes`, when there are any, narrow what the role may do to these actions."""

    subject: str
    """`person:ann`, `service:ci`, `runner:<instance>`, `lease:<task>/<fence>`, or `windlass` itself."""
    role: Role
    scopes: frozenset[str] = frozenset()
    repository: int | None = None
    """The only repository this principal may touch; None: all."""
    lease: LeaseRef | None = None
    token_id: int | None = None
    instance: str = ""
    """The instance a runner is; empty for everybody else."""


OWNER: Final = Principal("person:owner", Role.ADMIN)
"""The person at the command line of an embedded data home."""
SYSTEM: Final = Principal("windlass", Role.ADMIN)
"""Windlass itself, where a rule acts and no person."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token; `text` is shown once and kept nowhere."""

    id: int
    text: str
    expires_at: float

    def __repr__(self) -> str:
        return f"Issued(id={self.id}, text=<secret>, expires_at={self.expires_at})"


@dataclass(frozen=True, slots=True)
class Token:
    """What is on record of a token: everything but the token. Times are unix seconds."""

    id: int
    kind: TokenKind
    subject: str
    role: Role
    name: str
    scopes: tuple[str, ...]
    repository: int | None
    lease: LeaseRef | None
    created_at: float
    created_by: str
    expires_at: float
    used_at: float | None
    revoked_at: float | None

    def alive(self, now: float) -> bool:
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Session:
    """A browser's session: its principal and the token every change has to carry beside the cookie."""

    principal: Principal
    csrf: str
    expires_at: float

    def __repr__(self) -> str:
        return f"Session({self.principal.subject!r}, csrf=<secret>)"
