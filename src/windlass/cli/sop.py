"""`windlass sop …`: how each role works, here."""

from collections.abc import Callable

import click

from windlass.cli.opening import opened
from windlass.cli.render import emit, note, output_options, repo_option, table
from windlass.kernel import NotFound
from windlass.mesh import Sop, procedure, roles, texts

Library = Callable[[str], Sop]


@click.command(help="List the procedures of the roles, and who wrote each.")
@repo_option
@output_options
def list_sops(repo: str | None, as_json: bool, fields: str | None) -> None:
    library = _library(repo)
    found = [library(role) for role in roles()]
    rows = [(one.role, one.version, one.origin.value, one.summary) for one in found]
    emit(
        [_row(one) for one in found],
        as_json=as_json,
        fields=fields,
        lines=lambda: table(("ROLE", "VERSION", "BY", "SUMMARY"), rows),
    )
    _warn(found)


@click.command(help="Print the procedure of one role.")
@click.argument("role")
@click.option("--built-in", is_flag=True, help="Windlass's own, whatever the repository has.")
@repo_option
@output_options
def show(*, role: str, built_in: bool, repo: str | None, as_json: bool, fields: str | None) -> None:
    one = procedure(role) if built_in else _library(repo)(role)
    row = {**_row(one), "text": one.text}
    emit(row, as_json=as_json, fields=fields, lines=lambda: [one.text.rstrip("\n")])
    _warn([one])


def _library(repo: str | None) -> Library:
    """The procedures as the tended repository has them on its main branch; outside of one windlass's own."""
    try:
        with opened(repo) as plant:
            override = texts(plant.mirror, plant.mirror.sync(plant.checkout))
            found = {role: procedure(role, override) for role in roles()}
    except NotFound:
        if repo is not None:
            raise
        return procedure
    return lambda role: found[role] if role in found else procedure(role)


def _row(one: Sop) -> dict[str, object]:
    return {
        "role": one.role, "version": one.version, "title": one.title, "origin": one.origin.value,
        "summary": one.summary, "problem": one.problem,
    }  # fmt: skip


def _warn(found: list[Sop]) -> None:
    for one in found:
        if one.problem:
            note(f"Windlass's own stands in for {one.role}: {one.problem}")
