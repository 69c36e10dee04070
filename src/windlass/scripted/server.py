"""The scripted model on a socket of loopback: a thread for each connection, nothing kept between requests."""

import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any, Final, Literal

from windlass.kernel import Invalid, Unavailable
from windlass.scripted.chat import CHAT
from windlass.scripted.gemini import GEMINI, parts
from windlass.scripted.messages import MESSAGES
from windlass.scripted.responses import RESPONSES
from windlass.scripted.script import Fault, FaultKind, Script
from windlass.scripted.tokens import compact
from windlass.scripted.turn import Answer, Ask, answer
from windlass.scripted.wire import Dialect

HOST: Final = "127.0.0.1"
REQUEST_MAX: Final = 32 << 20
"""Bytes of one request."""
CONNECTIONS_MAX: Final = 256
"""Connections beyond these wait until another one ends."""
POLL_S: Final = 0.05
"""How soon the server sees that it is to end."""
IDLE_S: Final = 300.0
"""A connection that says nothing for so long is closed."""
ROUTES: Final = (
    ("chat", re.compile(r"/chat/completions$"), CHAT),
    ("responses", re.compile(r"/responses$"), RESPONSES),
    ("messages", re.compile(r"/messages(/count_tokens)?$"), MESSAGES),
    ("gemini", re.compile(r"/models/[^/:]+:(generateContent|streamGenerateContent|countTokens)$"), GEMINI),
)
GARBAGE: Final = b"<html>\x00this is no answer of a model\n"


@dataclass(frozen=True, slots=True)
class Answered:
    """One request and what became of it, for whoever watches. `outcome`: `answered`, `refused` (by an HTTP
    status of our own), or the kind of a fault.
    """

    protocol: str
    path: str
    step: int | None
    status: int
    outcome: str
    tool: str
    offered: tuple[str, ...]
    headers: Mapping[str, str]
    """As they came, keys included; whoever writes them down leaves those out."""


Watch = Callable[[Answered], None]


@contextmanager
def serving(script: Script, *, port: int = 0, watch: Watch | None = None) -> Iterator[str]:
    """Serve the script until the block ends; gives the address, e.g. `http://127.0.0.1:41233`.

    `watch` is called from the threads of the server, once for each request.
    """
    try:
        server = _Server(script, port, watch or (lambda _: None))
    except (OSError, OverflowError) as error:
        raise Unavailable(f"port {port} of {HOST} cannot be taken: {error}") from error
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,), name="scripted model", daemon=True)
    if not script.refuses:
        server.server_activate()
        thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        if thread.is_alive():
            server.shutdown()
            thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """Bound, and listening only once it is activated: a port where nobody listens refuses connections."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, script: Script, port: int, watch: Watch) -> None:
        self.script, self.watch = script, watch
        self.stopping = threading.Event()
        self._met = [0] * len(script.faults)
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(CONNECTIONS_MAX)
        super().__init__((HOST, port), _Conversation, bind_and_activate=False)
        self.allow_reuse_address = not script.refuses  # else another could listen where this one refuses
        try:
            self.server_bind()
        except OSError:
            self.server_close()
            raise

    def fault(self, step: int) -> Fault | None:
        """The first fault that applies to this step and is not used up."""
        with self._lock:
            for index, fault in enumerate(self.script.faults):
                if fault.step in (None, step) and (fault.times is None or self._met[index] < fault.times):
                    self._met[index] += 1
                    return fault
        return None

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._free:
            super().process_request_thread(request, client_address)

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """A client that went away is no news."""

    def shutdown(self) -> None:
        self.stopping.set()
        super().shutdown()


class _Conversation(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_S
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: `watch` is told instead."""

    def do_GET(self) -> None:
        model = self.server.script.model
        if not self.path.partition("?")[0].endswith("/models"):
            return self._refuse("", None, 404, "there is nothing at this path")
        one = {"id": model, "object": "model", "created": 0, "owned_by": "windlass"}
        named = {"name": f"models/{model}", "supportedGenerationMethods": ["generateContent"]}
        return self._whole({"object": "list", "data": [one], "models": [named]})

    def do_POST(self) -> None:
        path = self.path.partition("?")[0]
        found = [(name, dialect) for name, pattern, dialect in ROUTES if pattern.search(path)]
        protocol, dialect = found[0] if found else ("", None)
        try:
            data = self._read()
            if dialect is None:
                return self._refuse(protocol, dialect, 404, "no protocol of a model has this path")
            if not self._may_enter():
                return self._refuse(protocol, dialect, 401, "the key is not the one of the script")
            body = json.loads(data)
            if not isinstance(body, dict):
                raise Invalid("the request is no JSON object")
            self._turn(protocol, dialect, body)
        except (Invalid, ValueError, RecursionError) as error:
            hint = getattr(error, "hint", "")
            self._refuse(protocol, dialect, 400, f"scripted model: {error}{f' ({hint})' if hint else ''}")

    def _turn(self, protocol: str, dialect: Dialect, body: dict[str, Any]) -> None:
        path = self.path.partition("?")[0]
        ask = dialect.read(body, path)
        if path.endswith(("/count_tokens", ":countTokens")):
            total = ask.seen + ask.fresh
            return self._whole({"input_tokens": total, "totalTokens": total})
        said = answer(self.server.script.at(_texts(body)), ask)
        data, kind = self._data(dialect, ask, said)
        fault = self.server.fault(ask.done)
        status = fault.status if fault and fault.kind is FaultKind.STATUS else 200
        self._tell(protocol, ask, status, fault.kind.value if fault else "answered", said)
        if fault:
            return self._fail(fault, dialect, data, kind)
        return self._send(data, kind)

    def _data(self, dialect: Dialect, ask: Ask, said: Answer) -> tuple[list[bytes], Literal["json", "sse"]]:
        """The body in the parts in which it is written. Gemini streams an array unless asked for events."""
        if not ask.streamed:
            return [compact(dialect.whole(ask, said)).encode(errors="replace")], "json"
        if dialect is GEMINI and "alt=sse" not in self.path.partition("?")[2].split("&"):
            rows = [compact(part).encode(errors="replace") for part in parts(ask, said)]
            return [(b"[" if n == 0 else b",\r\n") + row for n, row in enumerate(rows)] + [b"]"], "json"
        return dialect.frames(ask, said), "sse"

    def _fail(self, fault: Fault, dialect: Dialect, data: list[bytes], kind: Literal["json", "sse"]) -> None:
        if fault.kind is not FaultKind.STALL:
            self.server.stopping.wait(fault.after_s)
        match fault.kind:
            case FaultKind.STATUS:
                text = compact(dialect.problem(fault.status, f"scripted fault {fault.status}")).encode()
                after = {} if fault.retry_after_s is None else {"Retry-After": str(fault.retry_after_s)}
                self._begin(fault.status, "json", {**after, "Content-Length": str(len(text))})
                self.wfile.write(text)
            case FaultKind.GARBAGE:
                self._send([GARBAGE], kind)
            case FaultKind.SLOW:
                self._send(data, kind)
            case FaultKind.CUT:
                self._send(data, kind, half=True)
            case FaultKind.STALL:
                self._send(data, kind, pause_s=fault.after_s)
            case _:
                self.close_connection = True

    def _send(
        self, data: list[bytes], kind: Literal["json", "sse"], *, half: bool = False, pause_s: float = 0.0
    ) -> None:
        """Write the body part by part; `half`: leave in the middle; `pause_s`: rest there."""
        if len(data) == 1:
            middle = len(data[0]) // 2
            data = [data[0][:middle], data[0][middle:]]
        self._begin(200, kind, {"Transfer-Encoding": "chunked"})
        for number, part in enumerate(data):
            if number == len(data) // 2:
                if half:
                    self.close_connection = True
                    return
                self.server.stopping.wait(pause_s)
            if part:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def _whole(self, value: object) -> None:
        text = compact(value).encode()
        self._begin(200, "json", {"Content-Length": str(len(text))})
        self.wfile.write(text)

    def _refuse(self, protocol: str, dialect: Dialect | None, status: int, why: str) -> None:
        """An error of the request itself, in the words of its protocol."""
        self._tell(protocol, None, status, "refused")
        text = compact((dialect or CHAT).problem(status, why)).encode(errors="replace")
        self._begin(status, "json", {"Content-Length": str(len(text))})
        self.wfile.write(text)

    def _tell(
        self, protocol: str, ask: Ask | None, status: int, outcome: str, said: Answer | None = None
    ) -> None:
        tool = said.tool.name if said and said.tool else ""
        offered = tuple(offer.name for offer in ask.offers) if ask else ()
        headers = {name.lower(): value for name, value in self.headers.items()}
        step, path = ask.done if ask else None, self.path.partition("?")[0]
        self.server.watch(Answered(protocol, path, step, status, outcome, tool, offered, headers))

    def _begin(self, status: int, kind: Literal["json", "sse"], headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if kind == "json" else "text/event-stream")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _read(self) -> bytes:
        """The body of the request. What cannot be read leaves the connection of no further use."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > REQUEST_MAX:
            self.close_connection = True
            raise Invalid(f"a request has at most {REQUEST_MAX} bytes, and says how many")
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes:
        data = bytearray()
        while size := int(self.rfile.readline(32).partition(b";")[0], 16):
            if len(data) + size > REQUEST_MAX:
                self.close_connection = True
                raise Invalid(f"a request has at most {REQUEST_MAX} bytes")
            data += self.rfile.read(size)
            self.rfile.readline(8)
        while self.rfile.readline(1024).strip():
            pass
        return bytes(data)

    def _may_enter(self) -> bool:
        if (key := self.server.script.key) is None:
            return True
        shown = (
            self.headers.get("Authorization", "").removeprefix("Bearer "),
            self.headers.get("x-api-key", ""),
            self.headers.get("x-goog-api-key", ""),
        )
        return any(hmac.compare_digest(one.encode(), key.encode()) for one in shown)


def _texts(value: object) -> list[str]:
    """Every text in a request, wherever it stands; JSON as it was parsed cannot be deep without end."""
    if isinstance(value, str):
        return [value]
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in below for text in _texts(one)]
