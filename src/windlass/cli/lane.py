"""`windlass lane …`: queues of tasks, their limits and their share."""

import click

from windlass import dispatch
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, note, output_options, repo_option, table
from windlass.kernel import Invalid
from windlass.store import Transaction


@click.command(help="List lanes with limit, weight and what they hold.")
@repo_option
@output_options
def list_lanes(repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        number = plant.repository.id

        def read(tx: Transaction) -> list[dict[str, object]]:
            lanes = dispatch.lanes.rows(tx, number)
            held = dispatch.lanes.held(tx, [lane.id for lane in lanes])
            ready = dispatch.lanes.ready(tx, lanes)
            return [
                {
                    "name": lane.name, "limit": lane.limit, "weight": lane.weight,
                    "held": held.get(lane.id, 0), "ready": ready[lane.id],
                }
                for lane in lanes
            ]  # fmt: skip

        found = plant.database.read(read)
    most = dispatch.lanes.READY_MAX
    rows = [
        (
            row["name"],
            row["held"],
            "none" if row["limit"] is None else row["limit"],
            f"{row['weight']:g}",
            f"{most} or more" if row["ready"] == most else row["ready"],
        )
        for row in found
    ]
    emit(
        found,
        as_json=as_json,
        fields=fields,
        lines=lambda: (
            table(("LANE", "HELD", "LIMIT", "WEIGHT", "READY"), rows) if rows else ["There is no lane yet."]
        ),
    )


@click.command(help="Give a lane a limit or a weight; it is made when it is new.")
@click.argument("name")
@click.option("--limit", type=int, help="How many of its tasks may be held at once; 0 closes it.")
@click.option("--no-limit", is_flag=True, help="Take the limit away.")
@click.option("--weight", type=float, help="Its share of the claims, beside other lanes.")
@repo_option
def set_lane(name: str, limit: int | None, no_limit: bool, weight: float | None, repo: str | None) -> None:
    if limit is not None and no_limit:
        raise Invalid("--limit and --no-limit contradict each other", hint="give one of them")
    with opened(repo) as plant:
        number = plant.repository.id

        def work(tx: Transaction) -> dispatch.lanes.Lane:
            old = next(iter(dispatch.lanes.rows(tx, number, [name])), dispatch.lanes.Lane(0, number, name))
            return dispatch.lanes.change(
                tx, number, name, tx.now(), by=who(),
                limit=None if no_limit else old.limit if limit is None else limit,
                weight=old.weight if weight is None else weight,
            )  # fmt: skip

        lane = plant.database.write(work)
        named = any(one.name == name for one in plant.config.lanes.lane)
    most = "none" if lane.limit is None else lane.limit
    click.echo(f"Lane {lane.name}: limit {most}, weight {lane.weight:g}")
    if named:
        note("windlass.toml sets this lane too; its words count again from the next start.")
