"""Bind handlers to the contract: one thin route per path, and no start when the two differ."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, get_type_hints

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from windlass import contracts
from windlass.contracts import Contract, Operation
from windlass.identity import Door
from windlass.kernel import Denied, WindlassError
from windlass.web import reading
from windlass.web.auth import Visitor, admit
from windlass.web.call import Call, Served
from windlass.web.pool import Pool
from windlass.web.replying import Replier

Handler = Callable[..., Any]
"""Takes the call and, where the operation has one, its body: `def handler(call: Call, body: Model)`."""

NAMED_MAX: Final = 20


class Drift(WindlassError):
    """The contract and the code that should keep it differ; the server does not start."""


class Binding:
    """What every request of a process shares."""

    def __init__(
        self, served: Served, door: Door, pool: Pool, replier: Replier, *, secure: bool = False
    ) -> None:
        self.served, self.door, self.pool, self.replier = served, door, pool, replier
        self.secure = secure


def routes(contract: Contract, handlers: Mapping[str, Handler], binding: Binding) -> list[Route]:
    """A route for every path of the contract; raises Drift when handlers and contract differ."""
    check(contract, handlers)
    paths: dict[str, dict[str, Endpoint]] = {}
    for one in contract.operations.values():
        paths.setdefault(one.path, {})[one.method] = Endpoint(one, handlers[one.id], binding)
    ordered = sorted(paths, key=lambda path: ("{" in path, path.count("{"), -path.count("/")))
    return [Route(_starlette(path), Methods(paths[path]), methods=list(paths[path])) for path in ordered]


def check(contract: Contract, handlers: Mapping[str, Handler]) -> None:
    """Raise Drift, naming everything in which handlers, models and contract differ."""
    known = set(contract.operations)
    wrong = [f"{name} has no handler" for name in sorted(known - set(handlers))]
    wrong += [f"{name} is in no contract" for name in sorted(set(handlers) - known)]
    for name in sorted(known & set(handlers)):
        wrong += [f"{name}: {what}" for what in _differences(contract.operations[name], handlers[name])]
    if contract.document.schema_digest != contracts.models.CONTRACT:
        wrong.append("the models were made from another contract")
    if wrong:
        raise Drift(
            f"the server does not keep its contract: {'; '.join(wrong[:NAMED_MAX])}",
            hint="change contracts/openapi.yaml or the handler; models: scripts/generate_models.py",
        )


def _differences(operation: Operation, handler: Handler) -> list[str]:
    hints = get_type_hints(handler)
    takes = list(inspect.signature(handler).parameters)
    if takes[:1] != ["call"] or hints.get("call") is not Call:
        return ["its handler does not take the call"]
    if operation.body is None:
        return [] if takes == ["call"] else [f"its handler takes {takes[1:]}, the contract sends nothing"]
    if takes != ["call", "body"]:
        return ["its handler does not take the body"]
    wanted = _wanted(operation)
    if hints.get("body") not in wanted:
        sent = operation.body.model or "bytes"
        return [f"its handler takes {hints.get('body')}, the contract sends {sent}"]
    return []


def _wanted(operation: Operation) -> tuple[Any, ...]:
    assert operation.body is not None
    if not operation.body.is_json:
        return (Path,)
    model = getattr(contracts.models, operation.body.model, None)
    # Tools take the document as it is: the mesh is the same for callers that come without HTTP.
    return (Mapping[str, object],) if operation.is_tool else (model,)


class Methods:
    """One path: its operation by method."""

    def __init__(self, endpoints: Mapping[str, "Endpoint"]) -> None:
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        response = await self._endpoints[method].respond(Request(scope, receive, send))
        await response(scope, receive, send)


class Endpoint:
    """One operation: read, recognise, check, handle, check, answer."""

    def __init__(self, operation: Operation, handler: Handler, binding: Binding) -> None:
        self._operation, self._handler, self._binding = operation, handler, binding
        self._waits = inspect.iscoroutinefunction(handler)
        hint = get_type_hints(handler).get("body")
        self._model = hint if isinstance(hint, type) and hasattr(hint, "model_validate") else None

    async def respond(self, request: Request) -> Response:
        operation, replier = self._operation, self._binding.replier
        visitor: list[Visitor] = []
        try:
            return await self._answer(request, visitor)
        except WindlassError as error:
            if isinstance(error, Denied) and visitor:
                refuse = partial(self._binding.door.refuse, visitor[0].principal, error, via="rest")
                await self._binding.pool.run(refuse)
            return replier.refuse(operation, error)
        except Exception as error:  # the process's edge: a bug is logged, its name told
            return replier.broken(operation, error)

    async def _answer(self, request: Request, visitor: list[Visitor]) -> Response:
        operation, pool = self._operation, self._binding.pool
        taken = operation.body
        if taken is not None and not taken.is_json:
            return await self._take_file(request, visitor)
        text = None
        if taken is not None:
            text = await reading.read_bytes(request, taken.bytes_max)
        if not self._waits:
            return await pool.run(lambda: self._handled(*self._prepared(request, visitor, text)))
        arguments = await pool.run(lambda: self._prepared(request, visitor, text))
        found = await self._handler(*arguments)
        return self._replied(arguments[0], found)

    async def _take_file(self, request: Request, visitor: list[Visitor]) -> Response:
        """A large body is read only from a known caller."""
        operation, pool = self._operation, self._binding.pool
        assert operation.body is not None
        (call,) = await pool.run(lambda: self._prepared(request, visitor, None))
        path = await reading.read_file(request, operation.body.bytes_max)
        try:
            return await pool.run(lambda: self._handled(call, path))
        finally:
            path.unlink(missing_ok=True)

    def _prepared(self, request: Request, visitor: list[Visitor], text: bytes | None) -> Sequence[Any]:
        """In a thread: the caller first, then what it sent."""
        operation, binding = self._operation, self._binding
        known = admit(binding.door, request, operation) if operation.security else None
        if known is not None:
            visitor.append(known)
        if operation.body is not None:
            reading.check_media_type(operation, request)
        given = reading.parameters(operation, request)
        call = Call(
            operation, binding.served, binding.door, request, known, given["path"], given["query"],
            given["header"], secure=binding.secure, allowed=known is None,
        )  # fmt: skip
        if text is None:
            return (call,)
        value = reading.body(operation, text)
        return call, value if self._model is None else self._model.model_validate(value)

    def _handled(self, call: Call, *body: Any) -> Response:
        return self._replied(call, self._handler(call, *body))

    def _replied(self, call: Call, found: object) -> Response:
        assert call.allowed, f"{self._operation.id} answers without having looked at rights"
        if isinstance(found, Response) and self._operation.stream:
            return found
        return self._binding.replier.reply(self._operation, found)


def _starlette(path: str) -> str:
    """Keys and resources may hold slashes; everything else is one segment."""
    return path.replace("{key}", "{key:path}").replace("{resource}", "{resource:path}")
