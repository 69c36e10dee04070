"""`windlass task file`: work for agents that claim it over MCP or HTTP."""

from pathlib import Path
from typing import Any

import click

from windlass.app import Order, read_token
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, note, output_options, repo_option


@click.command(help="File a task for agents that claim it themselves.")
@click.argument("title")
@click.option("--lane", required=True, metavar="NAME", help="Who is to do it, e.g. backend or frontend.")
@click.option(
    "--path", "paths", multiple=True, required=True, metavar="PATH",
    help="A file it may change, or a folder with a slash at its end; repeatable.",
)  # fmt: skip
@click.option("--text", default="", help="What has to be done and how it will be checked.")
@click.option("--kind", default="change", show_default=True, help="What kind of work it is.")
@click.option("--needs", multiple=True, type=int, metavar="ID", help="A task that must be done before.")
@click.option("--skill", "skills", multiple=True, metavar="NAME", help="What it asks of an agent.")
@click.option(
    "--accept", "acceptance", multiple=True, metavar="CHECK",
    help="What shows that it is done: a test (tests/test_x.py::test_y) or a command; repeatable.",
)  # fmt: skip
@click.option("--wsjf", type=click.FloatRange(0, 1000), default=2.0, show_default=True, help="Its urgency.")
@click.option(
    "--high-risk", "risky", is_flag=True, help="Ask for evidence and a person, whatever the gate says."
)
@click.option(
    "--server", metavar="URL", help="File it at this server; --repo is then the repository's name there."
)
@click.option(
    "--token-file", type=click.Path(path_type=Path), help="With --server: file with an operator's token."
)
@click.option("--ca", type=click.Path(path_type=Path), help="Trust the certificates in this file.")
@repo_option
@output_options
def file_one(
    *, server: str | None, token_file: Path | None, ca: Path | None, repo: str | None, as_json: bool,
    fields: str | None, **told: Any,
) -> None:  # fmt: skip
    order = Order(**told)
    if server is None:
        with opened(repo) as plant:
            made = plant.database.write(order.filer(plant, who()))
    elif token_file is None:
        raise click.UsageError("Give --token-file with --server.")
    else:
        made = order.file_at(server, read_token(token_file), repository=repo, authority=ca)
    row = {"id": made.task, "lane": order.lane, "risk": made.risk, "reasons": list(made.reasons)}
    line = f"Task {made.task} waits in lane {order.lane}; its risk is {made.risk}"
    emit(row, as_json=as_json, fields=fields, lines=lambda: [line])
    if not as_json:
        for reason in made.reasons:
            note(f"  {reason}")
