"""`windlass profile …`: the kinds of agents, their skills, limits and who does their work."""

from typing import Any

import click

from windlass import dispatch
from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, pairs, repo_option, table
from windlass.kernel import NotFound


@click.command(help="List the profiles in force and those windlass ships.")
@repo_option
@output_options
def list_profiles(repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = plant.profiles
    rows = [
        (
            one["name"], "yes" if one["in_force"] else "no", one["works"], one["lane"],
            ", ".join(one.get("skills", ())), one.get("summary", ""),
        )
        for one in found
    ]  # fmt: skip
    header = ("NAME", "IN FORCE", "WORKS", "LANE", "SKILLS", "SUMMARY")
    emit(found, as_json=as_json, fields=fields, lines=lambda: table(header, rows))


@click.command(help="Show one profile: skills, lane, runner, limits and what it is told.")
@click.argument("name")
@repo_option
@output_options
def show(name: str, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = {one["name"]: one for one in plant.profiles}
    if name not in found:
        raise NotFound(f"no profile {name!r}", hint=f"known: {', '.join(found)}")
    one = found[name]
    plain = {key: value for key, value in one.items() if key not in ("limits", "held_by")}
    emit(one, as_json=as_json, fields=fields, lines=lambda: [*pairs(plain), "", *_held([one])])


@click.command(help="Check that the profiles in force can be used; say everything that is wrong.")
@repo_option
def check(repo: str | None) -> None:
    with opened(repo) as plant:
        dispatch.staff(plant.runners)
        mine = [one for one in plant.profiles if one["in_force"]]
        plant.budget.limits()  # a limit that nobody could measure is refused
    named = ", ".join(f"{one['name']} ({one['works']})" for one in mine)
    click.echo(f"In force and sound: {named or 'none'}")
    for line in _held(mine):
        click.echo(line)


def _held(profiles: list[dict[str, Any]]) -> list[str]:
    """Each limit with what holds it."""
    rows = [
        (one["name"], limit, str({**one["limits"], "model": one.get("model")}.get(limit) or "any"), by)
        for one in profiles
        for limit, by in one["held_by"].items()
    ]
    return table(("PROFILE", "LIMIT", "VALUE", "HELD BY"), rows) if rows else []
