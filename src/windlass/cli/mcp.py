"""`windlass mcp …`: the tools for MCP clients that start windlass themselves."""

import os
import socket
from pathlib import Path

import click

from windlass.app import Plant, library_of, mesh_beside, read_token
from windlass.cli.opening import opened
from windlass.cli.render import note, repo_option
from windlass.identity import Door, Principal, Role
from windlass.mcp import serve_stdio

TOKEN = "WINDLASS_TOKEN"  # noqa: S105 - the name of a variable


@click.command(help="Serve the tools to an MCP client on standard input and output.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="Serve whom this token stands for; default: WINDLASS_TOKEN, else an agent on this machine.",
)
@click.option("--instance", metavar="NAME", help="The name of that agent; default: one of this process.")
@repo_option
def serve(*, token_file: Path | None, instance: str | None, repo: str | None) -> None:
    with opened(repo) as plant:
        door = Door(plant.database)
        principal = _principal(plant, door, token_file, instance)
        note(f"windlass serves {plant.repository.name} to {principal.subject} on standard input")
        serve_stdio(mesh_beside(plant), door, principal, library=library_of(plant))


def _principal(plant: Plant, door: Door, token_file: Path | None, instance: str | None) -> Principal:
    """Without a token whoever started us is an agent: it may do work, and approves nothing."""
    text = str(read_token(token_file)) if token_file else os.environ.get(TOKEN, "")
    if text:
        return door.enter(text, via="mcp", source="standard input")
    name = instance or f"{socket.gethostname().partition('.')[0]}-{os.getpid()}"
    return Principal(f"runner:{name}", Role.AGENT, repository=plant.repository.id, instance=name)
