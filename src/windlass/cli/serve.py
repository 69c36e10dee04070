"""`windlass serve`: answer over HTTP and look after repositories until told to stop."""

import gc
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from types import FrameType

import click
import uvicorn
from starlette.types import ASGIApp

from windlass import app
from windlass.app import Served, ServeSettings, Wish, library_of, open_serving
from windlass.cli.duration import seconds
from windlass.identity import Door
from windlass.mcp import Endpoint, serve_lease
from windlass.mesh import procedure
from windlass.web import create_app, settings_for

GRACE_S = 10
"""How long calls that are being answered may take when the server is told to stop."""
BACKLOG = 2048


@click.command(help="Serve the API and look after one or more repositories, until told to stop.")
@click.option("--repo", "repos", multiple=True, metavar="PATH", help="Repository to look after; repeatable.")
@click.option("--no-repo", is_flag=True, help="Only answer: look after no repository here.")
@click.option(
    "--bind", default=str(app.binding.Bind()), show_default=True, metavar="HOST:PORT", help="Where to listen."
)
@click.option("--workers", type=click.IntRange(0, 1000), help="Workers in this process; default: settings.")
@click.option(
    "--land", is_flag=True, help="Move the main branch; without it the result is a branch and a patch."
)
@click.option(
    "--trust", is_flag=True, help="Run the repository's code without a sandbox. Never lands by itself."
)
@click.option("--interval", default="60m", show_default=True, help="Time between two looks for work.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="Certificate chain (PEM).")
@click.option("--tls-key", type=click.Path(path_type=Path), help="Its key (PEM).")
@click.option("--trusted-proxy", "proxies", multiple=True, metavar="ADDRESS", help="A proxy that does TLS.")
@click.option(
    "--host", "names", multiple=True, metavar="NAME", help="A name it is reached under; repeatable."
)
def serve(
    *, repos: tuple[str, ...], no_repo: bool, bind: str, workers: int | None, land: bool, trust: bool,
    interval: str, tls_cert: Path | None, tls_key: Path | None, proxies: tuple[str, ...],
    names: tuple[str, ...],
) -> None:  # fmt: skip
    settings = ServeSettings(
        app.binding.parse_bind(bind), app.binding.Shield(tls_cert, tls_key, proxies, names), workers,
        seconds(interval) or 3600.0,
    )  # fmt: skip
    chosen = [Wish(repo=Path(one), land=land, trust=trust) for one in repos]
    wishes = [] if no_repo else chosen or [Wish(land=land, trust=trust)]
    with open_serving(wishes, os.environ, settings, serve=serve_lease) as served:
        server = _Server(served)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _heard)  # uvicorn raises what it caught once more when it is done
        server.run()
        failed = not server.started
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1 if failed else 0)  # workers may still be inside the sandbox; it dies with us


def _heard(_number: int, _frame: FrameType | None) -> None:
    """A signal that was acted on already."""


def _app(served: Served) -> ASGIApp:
    """The HTTP contract, and MCP beside it; with one repository its own procedures are told."""
    web = settings_for(served.settings)
    plants = list(served.plants.values())
    library = library_of(plants[0]) if len(plants) == 1 else procedure
    tools = Endpoint(served.mesh, Door(served.database), web.names, library=library)
    return create_app(served, web, extra_routes=[tools.route], lifespan=tools.lifespan)


class _Server(uvicorn.Server):
    """Says where it listens once it does, and lets streams end before it waits for connections."""

    def __init__(self, served: Served) -> None:
        settings = served.settings
        shield = settings.shield
        super().__init__(
            uvicorn.Config(
                _app(served), host=settings.bind.host, port=settings.bind.port,
                log_level="warning", access_log=False, server_header=False, backlog=BACKLOG,
                ws_per_message_deflate=False, timeout_graceful_shutdown=GRACE_S,
                proxy_headers=bool(shield.proxies),
                forwarded_allow_ips=",".join(shield.proxies) or None, ssl_certfile=shield.certificate,
                ssl_keyfile=shield.key,
            )
        )  # fmt: skip
        self._served = served

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if not self.started:
            return
        gc.collect()
        gc.freeze()  # a full collection of all that was imported would hold every stream up for long
        port = self.servers[0].sockets[0].getsockname()[1]
        where = self._served.settings.url.rpartition(":")[0]
        names = ", ".join(plant.repository.name for plant in self._served.plants.values()) or "no repository"
        click.echo(f"windlass serves {names} at {where}:{port} (node {self._served.node.id})")
        sys.stdout.flush()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        threading.Thread(target=self._served.stop, daemon=True).start()
        if sig == signal.SIGINT and self.should_exit:
            os._exit(130)
        super().handle_exit(sig, frame)
