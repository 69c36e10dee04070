"""`windlass worker`: work for a server on another host."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

import click

from windlass.app import Hire, host, read_token
from windlass.cli.duration import seconds


@click.command(help="Work for a server on another host: claim, do, upload, submit.")
@click.option("--server", required=True, metavar="URL", help="The server's address.")
@click.option(
    "--token-file", required=True, type=click.Path(path_type=Path), help="File with a runner's token."
)
@click.option("--lanes", default="", metavar="A,B", help="Take only these lanes; default: all its runners'.")
@click.option("--slots", type=click.IntRange(1, 1000), default=1, show_default=True, help="Tasks at once.")
@click.option("--ca", type=click.Path(path_type=Path), help="Trust the certificates in this file.")
@click.option("--trust", is_flag=True, help="Run without a sandbox; what it makes never lands by itself.")
@click.option("--drain", default="10m", show_default=True, help="Time for work in hand when told to stop.")
def worker(
    server: str, token_file: Path, lanes: str, slots: int, ca: Path | None, *, trust: bool, drain: str
) -> None:
    hire = Hire(
        server, read_token(token_file), tuple(word for word in lanes.split(",") if word), slots, ca, trust,
        seconds(drain) or 0.0,
    )  # fmt: skip
    with host(hire, os.environ, _tell) as made:

        def stop(_number: int, _frame: FrameType | None) -> None:
            click.echo("stopping: finishing work in hand (press again to hand it back)", err=True)
            made.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        drained = made.run()
    sys.stdout.flush()
    sys.stderr.flush()
    if not drained:
        os._exit(130)  # slots may still be inside the sandbox; it dies with us, and the next start cleans up


def _tell(text: str) -> None:
    click.echo(text, err=True)
