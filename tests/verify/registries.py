"""A registry of npm on loopback, with packages made here."""

import base64
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Registry:
    """`asked`: the paths that were asked for. `files`: what is told at each."""

    url: str
    asked: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def publish(self, name: str, files: Mapping[str, str], **manifest: object) -> dict[str, Any]:
        """Offer a package, version 1.0.0; its entry in a lock."""
        told = json.dumps({"name": name, "version": "1.0.0", **manifest})
        packed = tarball({"package.json": told, **files})
        path = f"/{name}/-/{name}-1.0.0.tgz"
        self.files[path] = packed
        digest = base64.b64encode(hashlib.sha512(packed).digest()).decode()
        shown = {key: manifest[key] for key in ("bin",) if key in manifest}
        return {"version": "1.0.0", "resolved": self.url + path, "integrity": f"sha512-{digest}", **shown}


def tarball(files: Mapping[str, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for path, text in files.items():
            told = tarfile.TarInfo(f"package/{path}")
            told.size, told.mode = len(text.encode()), 0o755
            archive.addfile(told, io.BytesIO(text.encode()))
    return stream.getvalue()


def lock(needs: Mapping[str, str], packages: Mapping[str, object]) -> str:
    root = {"name": "demo", "version": "1.0.0", "dependencies": dict(needs)}
    entries = {"": root, **{f"node_modules/{name}": entry for name, entry in packages.items()}}
    return json.dumps({"name": "demo", "version": "1.0.0", "lockfileVersion": 3, "packages": entries})


@contextmanager
def serving() -> Iterator[Registry]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            registry.asked.append(self.path)
            found = registry.files.get(self.path)
            self.send_response(404 if found is None else 200)
            self.send_header("content-length", str(len(found or b"")))
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry = Registry(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
