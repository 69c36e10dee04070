"""Calls to a windlass server: JSON and packs, errors as our own, the same call again until it is answered."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx

from windlass import __version__
from windlass.kernel import Conflict, Denied, Invalid, NotFound, Unavailable, WindlassError

T = TypeVar("T")

CONNECT_S: Final = 10.0
ANSWER_S: Final = 60.0
PACK_S: Final = 600.0
PIECE: Final = 1 << 16
PACK_MAX: Final = 4 << 30
"""Bytes of one pack that a worker fetches."""
TOLD_MAX: Final = 2_000
AGAIN_S: Final = 0.25
AGAIN_MAX_S: Final = 10.0
PACK_TYPE: Final = "application/x-git-packed-objects"

_KINDS: Final[Mapping[int, type[WindlassError]]] = {
    400: Invalid, 401: Denied, 403: Denied, 404: NotFound, 409: Conflict, 413: Invalid, 415: Invalid,
    421: Denied, 422: Invalid,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Remote:
    """What a server said no with. `code` is its stable word, e.g. `lease-lost`."""

    status: int
    code: str


class Client:
    """One server; safe for many threads, which share its connections."""

    def __init__(self, server: str, token: str, *, authority: Path | None = None) -> None:
        """`authority`: a file of certificates to trust instead of the system's."""
        self.server = checked_server(server)
        self._token = token
        verify: Any = True if authority is None else str(authority)
        self._http = httpx.Client(
            base_url=self.server, verify=verify, trust_env=False,
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            headers={"User-Agent": f"windlass/{__version__}"},
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=30.0),
        )  # fmt: skip

    def call(
        self, method: str, path: str, body: object = None, *, bearer: str = "", key: str = ""
    ) -> dict[str, Any]:
        """One call. `bearer`: instead of the worker's own token; `key`: makes repeating it safe."""
        headers = {"Idempotency-Key": key} if key else {}
        request = self._request(method, path, bearer, headers, json=body)
        answer = self._send(request)
        try:
            table = answer.json()
        except ValueError as error:
            raise Unavailable(
                f"{self.server} answered {path} with no JSON", hint="is it windlass?"
            ) from error
        return table if isinstance(table, dict) else {}

    def fetch(self, path: str, into: Path, *, bearer: str) -> Mapping[str, str]:
        """Write the body of an answer to a new file; its headers."""
        request = self._request("GET", path, bearer, {"Accept": PACK_TYPE}, timeout=PACK_S)
        size = 0
        try:
            answer = self._http.send(request, stream=True)
            try:
                if answer.status_code >= 400:
                    answer.read()
                    raise problem(answer, self.server)
                with into.open("wb") as file:
                    for piece in answer.iter_bytes(PIECE):
                        size += len(piece)
                        if size > PACK_MAX:
                            raise Invalid(f"{self.server} sends a pack of over {PACK_MAX} bytes")
                        file.write(piece)
            finally:
                answer.close()
        except httpx.TransportError as error:
            raise self._away(error) from error
        return answer.headers

    def upload(self, path: str, pack: Path, *, bearer: str) -> dict[str, Any]:
        """Send a file as a pack."""
        headers = {"Content-Type": PACK_TYPE, "Content-Length": str(pack.stat().st_size)}
        request = self._request("PUT", path, bearer, headers, content=_pieces(pack), timeout=PACK_S)
        table = self._send(request).json()
        return table if isinstance(table, dict) else {}

    def close(self) -> None:
        self._http.close()

    def _request(
        self, method: str, path: str, bearer: str, headers: Mapping[str, str], **more: Any
    ) -> httpx.Request:
        known = {"Authorization": f"Bearer {bearer or self._token}", **headers}
        return self._http.build_request(method, path, headers=known, **more)

    def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = self._http.send(request)
        except httpx.TransportError as error:
            raise self._away(error) from error
        if answer.status_code >= 300:
            raise problem(answer, self.server)
        return answer

    def _away(self, error: httpx.TransportError) -> Unavailable:
        told = str(error) or type(error).__name__
        return Unavailable(
            f"{self.server} does not answer: {told}", hint="check its address, and that it runs"
        )


def problem(answer: httpx.Response, server: str) -> WindlassError:
    """The error that a problem document stands for; anything unreadable is a server in trouble."""
    try:
        table = answer.json()
        detail, code, hint = (str(table.get(name, "")) for name in ("detail", "code", "hint"))
    except (ValueError, AttributeError):
        detail, code, hint = answer.text, "", ""
    told = detail[:TOLD_MAX] or f"{server} answered {answer.status_code}"
    remote = Remote(answer.status_code, code)
    kind = _KINDS.get(answer.status_code)
    if kind is None:
        return Unavailable(told, hint=hint[:TOLD_MAX], remote=remote)
    return kind(told, hint=hint[:TOLD_MAX], remote=remote)


def remote_of(error: WindlassError) -> Remote | None:
    """What the server said, if it is the server's error."""
    found = error.details.get("remote")
    return found if isinstance(found, Remote) else None


def patiently(call: Callable[[], T], stop: threading.Event, *, patience_s: float) -> T:
    """Repeat a call that nobody answered, more and more seldom, for `patience_s` or until `stop`."""
    until, wait_s = time.monotonic() + patience_s, AGAIN_S
    while True:
        try:
            return call()
        except Unavailable:
            left = until - time.monotonic()
            if left <= 0 or stop.wait(min(left, wait_s * random.uniform(0.5, 1.0))):  # noqa: S311 - jitter
                raise
            wait_s = min(2 * wait_s, AGAIN_MAX_S)


def checked_server(text: str) -> str:
    """A server's address; plain HTTP only to this machine or where the caller says that the way is safe."""
    try:
        url = httpx.URL(text.rstrip("/"))
    except httpx.InvalidURL as error:
        raise Invalid(f"{text!r} is no address of a server", hint="write https://HOST:PORT") from error
    if url.scheme not in ("http", "https") or not url.host or url.query or url.userinfo:
        raise Invalid(f"{text!r} is no address of a server", hint="write https://HOST:PORT")
    return str(url)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while piece := source.read(PIECE):
            yield piece
