"""One request as a handler sees it: checked against the contract, from a known caller, with its means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from starlette.requests import HTTPConnection

from windlass import app
from windlass.app import Plant, ServeSettings
from windlass.backlog import Repository, repositories
from windlass.contracts import Operation
from windlass.events import Feed
from windlass.identity import Door, Principal, authorize
from windlass.kernel import Denied, Invalid, NotFound
from windlass.mesh import Caller, Mesh
from windlass.store import Database, Transaction
from windlass.web.auth import Visitor

T = TypeVar("T")
ANYBODY = "any"


class Named(Protocol):
    """A server among others."""

    @property
    def id(self) -> str: ...


class Served(Protocol):
    """What a process serves over HTTP."""

    @property
    def database(self) -> Database: ...
    @property
    def mesh(self) -> Mesh: ...
    @property
    def feed(self) -> Feed: ...
    @property
    def plants(self) -> Mapping[int, Plant]: ...
    @property
    def node(self) -> Named: ...
    @property
    def vitals(self) -> app.vitals.Vitals: ...
    @property
    def settings(self) -> ServeSettings: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers where a bare document does not say it all."""

    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    """None: the operation's status for success."""
    media_type: str = "application/json"
    file: Path | None = None
    """A file that is sent and then removed."""


@dataclass(slots=True)
class Call:
    """One request. `path`, `query` and `headers` hold the parameters of the contract, by their names."""

    operation: Operation
    served: Served
    door: Door
    connection: HTTPConnection
    visitor: Visitor | None
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    secure: bool = False
    allowed: bool = False
    """Whether the caller's right was looked at; nothing is answered without."""

    @property
    def principal(self) -> Principal:
        assert self.visitor is not None, "operations without security ask nobody"
        return self.visitor.principal

    @property
    def who(self) -> str:
        """The caller in the words of events."""
        return self.principal.subject

    @property
    def box(self) -> str:
        """The caller's own inbox."""
        instance = self.principal.instance
        return f"instance:{instance}" if instance else self.who

    def allow(self, **facts: Any) -> None:
        """Raise Denied unless one of the operation's rights is the caller's, with these facts of the case."""
        first: Denied | None = None
        for action in self.operation.actions:
            try:
                if action != ANYBODY:
                    authorize(self.principal, action, **facts)
                self.allowed = True
                return
            except Denied as error:
                first = first or error
        assert first is not None
        raise first

    def allow_only(self, action: str, **facts: Any) -> None:
        """Raise Denied unless this one right is the caller's."""
        authorize(self.principal, action, **facts)
        self.allowed = True

    def tool(self, name: str, arguments: Mapping[str, object]) -> dict[str, object]:
        """Call a tool; the mesh looks at rights, keys and leases itself."""
        caller = Caller(self.principal, self.headers.get("Idempotency-Key"), "rest")
        self.allowed = True
        return self.served.mesh.call(name, caller, arguments)

    def write(self, work: Callable[[Transaction], T]) -> T:
        return self.served.database.write(work)

    def read(self, work: Callable[[Transaction], T]) -> T:
        return self.served.database.read(work)

    def chosen(self, tx: Transaction) -> Repository:
        """The repository that the query names, or the only one there is."""
        known = repositories(tx)
        name = self.query.get("repository")
        if name is None and len(known) == 1:
            return known[0]
        if name is None:
            raise Invalid(
                f"this server tends {len(known)} repositories",
                hint="name one: ?repository=NAME" if known else "tend one: windlass init",
            )
        return named(known, name)

    def filtered(self, tx: Transaction) -> Repository | None:
        """The repository that the query names, or the one the caller is bound to; None: all."""
        name = self.query.get("repository")
        if name is not None:
            return named(repositories(tx), name)
        bound = self.principal.repository
        return next((one for one in repositories(tx) if one.id == bound), None) if bound else None


def named(known: list[Repository], name: str) -> Repository:
    for one in known:
        if one.name == name:
            return one
    raise NotFound(f"no repository {name!r}", hint="`windlass status` shows the tended ones")
