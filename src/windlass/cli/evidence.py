"""`windlass verify evidence`: what is known of a tree, told to other data homes and learned from them."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from windlass import app, land
from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, repo_option, table
from windlass.kernel import NotFound

KEY_MAX = 4096
sharing = app.verifying.sharing


@click.command(
    help="Tell what is known of a tree; share it, take it in.",
    epilog="TREE is a commit or the whole id of a tree; default: the files as they lie here. WHERE is a"
    " remote of yours, the path of a bare repository, or an address. Exit code 1: something was refused.",
)
@click.argument("tree", default="")
@click.option("--export", "export", metavar="WHERE", help="Sign what is known here and push it there.")
@click.option("--import", "source", metavar="WHERE", help="Take in what a trusted key signed there.")
@click.option("--restore", is_flag=True, help="Take in what this home signed: its database was lost.")
@click.option(
    "--key", "keys", type=click.Path(path_type=Path), multiple=True,
    help="With --import: a public key you trust besides your own, as `windlass land key` prints it.",
)  # fmt: skip
@repo_option
@output_options
def evidence(
    *, tree: str, export: str | None, source: str | None, restore: bool, keys: tuple[Path, ...],
    repo: str | None, as_json: bool, fields: str | None,
) -> None:  # fmt: skip
    if sum((export is not None, source is not None, restore)) > 1:
        raise click.UsageError("--export, --import and --restore do not go together.")
    if tree and (restore or source is not None):
        raise click.UsageError("--import and --restore take all there is; name no tree.")
    trusted = [land.provenance.parse_public_key(_read(path)) for path in keys]
    with opened(repo) as plant:
        at = sharing.Sharing(plant)
        if export is not None:
            where, sent = at.give(_place(export), tree)
            line = f"{sent} new or changed testimonies are at {where} now."
            emit({"where": where, "sent": sent}, as_json=as_json, fields=fields, lines=lambda: [line])
            return
        if source is not None or restore:
            taken = at.restore(trusted) if source is None else at.take(_place(source), trusted)
            told = {**asdict(taken), "refused": [{"name": n, "why": why} for n, why in taken.refused]}
            emit(told, as_json=as_json, fields=fields, lines=lambda: _taken(taken))
            raise SystemExit(1 if taken.refused else 0)
        known = at.known(tree)
    emit(asdict(known), as_json=as_json, fields=fields, lines=lambda: _known(known))


def _known(found: sharing.Known) -> Iterator[str]:
    if not found.readings:
        yield f"Nothing is known of tree {found.tree}."
        return
    rows = [
        (one["check"], one["verdict"], one["at"], one.get("origin", "here"), one.get("imported", ""),
         one["environment"][:12])
        for one in found.readings
    ]  # fmt: skip
    yield f"tree {found.tree}"
    yield from table(("CHECK", "VERDICT", "MEASURED", "BY", "TAKEN IN", "ENVIRONMENT"), rows)
    if found.reference:
        yield f"signed at {found.reference}"


def _taken(found: "sharing.testimony.Taken") -> Iterator[str]:
    yield f"{found.readings} readings of {found.trees} trees were taken in, {found.known} were known."
    if found.strangers:
        yield f"{found.strangers} testimonies are of keys that are not trusted here; --key FILE trusts one."
    if found.left:
        yield f"{found.left} were left out: {sharing.testimony.TREES_MAX} are taken at once."
    yield from (f"refused: {name}: {why}" for name, why in found.refused)


def _place(where: str) -> str:
    """A path as the person sees it from where they stand; a name or an address as it is."""
    return str(Path(where).absolute()) if Path(where).is_dir() else where


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(KEY_MAX).decode("utf-8", "replace")
    except OSError as error:
        raise NotFound(f"{str(path)!r} cannot be read: {error.strerror}") from error
