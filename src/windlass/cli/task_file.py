"""`windlass task file`: work for agents that claim it over MCP or HTTP."""

import click

from windlass import history
from windlass.app import Order, file_task
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, note, output_options, repo_option
from windlass.history import Act


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
@click.option("--wsjf", type=click.FloatRange(0, 1000), default=2.0, show_default=True, help="Its urgency.")
@click.option("--high-risk", is_flag=True, help="Ask for evidence and a person, whatever the gate says.")
@repo_option
@output_options
def file_one(
    *, title: str, lane: str, paths: tuple[str, ...], text: str, kind: str, needs: tuple[int, ...],
    skills: tuple[str, ...], wsjf: float, high_risk: bool, repo: str | None, as_json: bool,
    fields: str | None,
) -> None:  # fmt: skip
    order = Order(
        title, lane, paths, text=text, kind=kind, needs=needs, skills=skills, wsjf=wsjf, risky=high_risk
    )
    with opened(repo) as plant:
        made = file_task(plant, order)
        act = Act("task file", who(), f"task {made.task}: {title}", plant.repository.id)
        instead = f"take it away with `windlass task cancel {made.task}`"
        plant.database.write(lambda tx: history.final(tx, act, instead))
    row = {"id": made.task, "lane": lane, "risk": made.risk, "reasons": list(made.reasons)}
    emit(
        row,
        as_json=as_json,
        fields=fields,
        lines=lambda: [f"Task {made.task} waits in lane {lane}; its risk is {made.risk}"],
    )
    if not as_json:
        for reason in made.reasons:
            note(f"  {reason}")
