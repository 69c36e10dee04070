"""Calls to a server: errors become ours, and a call that nobody answered is made again."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.journeys.cutter import Cutter
from tests.journeys.fleet import free_port

from windlass.app.client import Client, checked_server, patiently, remote_of
from windlass.kernel import Conflict, Denied, Invalid, NotFound, Unavailable, WindlassError


class Echo(BaseHTTPRequestHandler):
    """Answers `/409?code=lease-lost` with that; anything else tells what was asked."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status = int(self.path[1:4]) if self.path[1:4].isdigit() else 200
        told: dict[str, object] = {
            "path": self.path, "size": len(body), "bearer": self.headers["Authorization"],
            "key": self.headers["Idempotency-Key"],
        }  # fmt: skip
        if status >= 400:
            told = {"detail": "no", "code": self.path.partition("code=")[2], "hint": "ask ann"}
        content = b"<html>" if "html" in self.path else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Windlass-Base", "abc")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = _answer

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    made = Client(f"http://127.0.0.1:{port}", "wl_run_x")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, Denied), (403, Denied), (404, NotFound), (409, Conflict), (422, Invalid), (413, Invalid),
     (500, Unavailable), (503, Unavailable)],
)  # fmt: skip
def test_errors_are_of_the_kind_that_says_who_must_act(
    client: Client, status: int, kind: type[WindlassError]
) -> None:
    with pytest.raises(kind) as refused:
        client.call("POST", f"/{status}?code=lease-lost")
    remote = remote_of(refused.value)
    assert remote is not None
    assert (remote.status, remote.code, refused.value.hint) == (status, "lease-lost", "ask ann")


def test_a_call_carries_its_bearer_and_its_key(client: Client) -> None:
    assert client.call("POST", "/x", {"a": 1})["bearer"] == "Bearer wl_run_x"
    told = client.call("POST", "/x", {}, bearer="wl_lease_y", key="k1")
    assert (told["bearer"], told["key"]) == ("Bearer wl_lease_y", "k1")


def test_packs_go_both_ways(client: Client, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.write_bytes(b"x" * 200_000)
    assert client.upload("/put", pack, bearer="b")["size"] == 200_000
    headers = client.fetch("/get", tmp_path / "got", bearer="b")
    assert headers["windlass-base"] == "abc"
    assert json.loads((tmp_path / "got").read_bytes())["path"] == "/get"
    with pytest.raises(NotFound):
        client.fetch("/404", tmp_path / "none", bearer="b")
    assert not (tmp_path / "none").exists()


def test_somebody_else_on_that_port_is_no_windlass(client: Client) -> None:
    with pytest.raises(Unavailable, match="no JSON"):
        client.call("GET", "/html")


def test_nobody_there_is_unavailable(tmp_path: Path) -> None:
    client = Client(f"http://127.0.0.1:{free_port()}", "t")
    with pytest.raises(Unavailable, match="does not answer"):
        client.call("GET", "/x")
    with pytest.raises(Unavailable, match="does not answer"):
        client.fetch("/x", tmp_path / "x", bearer="b")


def test_a_call_outlives_connections_that_are_cut(port: int) -> None:
    with Cutter(("127.0.0.1", port)) as cutter:
        client = Client(f"http://127.0.0.1:{cutter.port}", "t")
        stop = threading.Event()

        def storm() -> None:
            while not stop.wait(0.01):
                cutter.cut(0.5)

        threading.Thread(target=storm, daemon=True).start()
        until, n = time.monotonic() + 20, 0
        while cutter.cuts < 5 and time.monotonic() < until:
            n += 1
            told = patiently(lambda n=n: client.call("POST", f"/x{n}", {}), stop, patience_s=20)
            assert told["path"] == f"/x{n}"
        stop.set()
        assert cutter.cuts >= 5


def test_patience_ends_with_its_time_or_when_it_is_told_to() -> None:
    def away() -> None:
        raise Unavailable("nobody")

    began = time.monotonic()
    with pytest.raises(Unavailable):
        patiently(away, threading.Event(), patience_s=0.5)
    assert 0.3 < time.monotonic() - began < 30
    stop = threading.Event()
    stop.set()
    with pytest.raises(Unavailable):
        patiently(away, stop, patience_s=60)


@pytest.mark.parametrize("text", ["", "example.org", "ftp://a", "http://", "https://u:p@a", "http://a/?x=1"])
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="no address of a server"):
        checked_server(text)
