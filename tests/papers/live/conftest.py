"""Small real servers of the standard library, started as a project's service would be."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from windlass.papers.live.service import Service

SERVER = """
import json, os, signal, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *told): pass
    def reply(self, status, value=None):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        {body}

print("about to serve", flush=True)
{before}
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
Start = Callable[..., Service]


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Makes a service of one handler's body; it is ended afterwards."""
    made: list[Service] = []
    monkeypatch.chdir(tmp_path)

    def make(body: str, *, before: str = "", ready: str = "/health", wait_s: float = 20.0) -> Service:
        text = SERVER.replace("{body}", "\n        ".join(body.splitlines())).replace("{before}", before)
        (tmp_path / "server.py").write_text(text)
        made.append(Service((sys.executable, "server.py", "{port}"), ready, wait_s))
        return made[-1]

    yield make
    for one in made:
        one.stop()
