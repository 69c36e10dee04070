"""`windlass pause` and `windlass resume`: nothing begins any more, and everything goes on where it was."""

from collections.abc import Sequence

import click

from windlass import backlog, history, policy
from windlass.cli.opening import opened, who
from windlass.cli.render import repo_option
from windlass.history import Act
from windlass.store import Transaction

_Pause = policy.pauses.Pause
all_option = click.option(
    "--all", "everywhere", is_flag=True, help="Every repository of the data home, not only this one."
)


@click.command(help="Let nothing begin any more; what is under way ends and waits.")
@click.option("--reason", default="", help="Why; everybody who is refused is told.")
@all_option
@repo_option
def pause(reason: str, repo: str | None, *, everywhere: bool) -> None:
    with opened(repo) as plant:
        scope = None if everywhere else plant.repository.id

        def work(tx: Transaction) -> _Pause:
            history.final(tx, Act("pause", who(), reason, plant.repository.id), "windlass resume")
            return policy.pauses.pause(tx, scope, tx.now(), by=who(), reason=reason)

        made = plant.database.write(work)
    click.echo(f"Paused. {made.told}")
    click.echo(f"What is under way ends and waits. To go on: {made.ended_by}")


@click.command(help="End the pause; everything goes on where it was.")
@all_option
@repo_option
def resume(repo: str | None, *, everywhere: bool) -> None:
    with opened(repo) as plant:
        number = plant.repository.id
        scope = None if everywhere else number

        def work(tx: Transaction) -> tuple[_Pause | None, Sequence[int], _Pause | None]:
            ended = policy.pauses.resume(tx, scope, tx.now(), by=who())
            marked = () if everywhere else policy.pauses.labelled(tx, number)
            for item in marked:
                _unlabel(tx, item)
            if ended or marked:
                history.final(tx, Act("resume", who(), "", number), "windlass pause")
            return ended, marked, policy.pauses.held(tx, number)

        ended, marked, left = plant.database.write(work)
    told = [f"It was paused: {ended.told}"] if ended else []
    told += [f"Item {item} is not labelled {policy.pauses.LABEL} any more" for item in marked]
    for line in told or ["Nothing was paused here."]:
        click.echo(line)
    click.echo(f"Still paused. {left.told}; end it with: {left.ended_by}" if left else "Automation is on.")


def _unlabel(tx: Transaction, number: int) -> None:
    labels = [one for one in backlog.item(tx, number).labels if one != policy.pauses.LABEL]
    backlog.edit_item(tx, number, tx.now(), labels=labels, actor=who())
