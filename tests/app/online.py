"""A real server in this process: its rooms, its API on a port of loopback, and tokens for whoever calls."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from tests.app.shop import Shop
from tests.journeys.fleet import free_port

from windlass import identity
from windlass.app import Served, ServeSettings, Wish, open_serving
from windlass.app.binding import Bind
from windlass.identity import Role, TokenKind, served_names
from windlass.web import WebSettings, create_app


@dataclass(frozen=True)
class Online:
    served: Served
    url: str

    def token(self, name: str = "farm", *, hours: float = 1.0) -> str:
        """A runner's token."""
        return self.served.database.write(
            lambda tx: identity.issue(
                tx, TokenKind.RUNNER, subject=f"runner:{name}", role=Role.AGENT, now=tx.now(),
                expires_at=tx.now() + 3600 * hours, by="person:owner",
            ).text
        )  # fmt: skip


@contextmanager
def online(shop: Shop, *, workers: int = 0, wishes: Sequence[Wish] | None = None) -> Iterator[Online]:
    """`wishes`: what it tends; None: the shop's repository, landing."""
    port = free_port()
    settings = ServeSettings(Bind("127.0.0.1", port), workers=workers)
    chosen = [Wish(repo=shop.repo, land=True)] if wishes is None else wishes
    with open_serving(chosen, shop.env, settings) as served:
        app = create_app(served, WebSettings(names=served_names("127.0.0.1", port), strict=True))
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        until = time.monotonic() + 20
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        try:
            yield Online(served, f"http://127.0.0.1:{port}")
        finally:
            served.stop()
            server.should_exit = True
            thread.join(15)


def token_file(folder: Path, text: str) -> Path:
    """A file that nobody else may read."""
    file = folder / "token"
    file.touch(mode=0o600)
    file.write_text(text)
    return file
