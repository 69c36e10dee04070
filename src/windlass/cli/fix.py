"""`windlass fix`: what tools can repair by themselves, in the files that lie here."""

from collections.abc import Iterator
from pathlib import Path

import click

from windlass import app
from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, repo_option
from windlass.cli.verify import inside

Fixed = app.verifying.fixing.Fixed


@click.command(
    help="Repair with the project's own tools what you have changed, and write it into your files.",
    epilog="Tools run in the sandbox on a copy; what tier 0 finds worse afterwards is not written, nor is a"
    " file that changed meanwhile. Exit codes: 0 done, or nothing to do; 1 nothing or not all was written.",
)
@click.argument("paths", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Print the difference, write nothing.")
@repo_option
@output_options
def fix(paths: tuple[str, ...], dry_run: bool, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        chosen = inside(paths, plant.checkout.path, Path(repo) if repo else Path())
        found = app.verifying.fixing.Fixing(plant).fix(chosen, dry_run=dry_run)
    data = {
        "paths": list(found.paths), "written": list(found.written), "busy": list(found.busy),
        "tools": list(found.tools), "changed_by": {path: _by(found, path) for path in found.paths},
        "new_alone": list(found.fresh), "reasons": list(found.reasons), "looked_at": found.looked_at,
        "still_refused": list(found.left), "patch": found.patch.decode("utf-8", "replace"),
    }  # fmt: skip
    emit(data, as_json=as_json, fields=fields, lines=lambda: _lines(found, dry_run=dry_run))
    if found.reasons or found.busy:
        raise SystemExit(1)


def _by(found: Fixed, path: str) -> list[str]:
    """The tools that changed a file."""
    return [tool for tool, paths in found.tools.items() if path in paths]


def _lines(found: Fixed, *, dry_run: bool) -> Iterator[str]:
    if dry_run:
        yield from found.patch.decode("utf-8", "replace").splitlines()
    yield from (f"✓ {path} ({', '.join(_by(found, path))})" for path in found.written)
    yield from (f"- {path}: changed meanwhile, left alone" for path in found.busy)
    yield from (f"x not written: {reason}" for reason in found.reasons)
    yield from (f"- {tool}: the project sets up no rules, so only what is new is repaired"
                for tool in found.fresh)  # fmt: skip
    yield from (f"! no tool repairs what verify refuses: {reason}" for reason in found.left)
    tools = f"tried: {', '.join(found.tools)}" if found.tools else "no tool that repairs is set up for them"
    if not found.paths:
        yield f"Nothing to repair in {found.looked_at} files ({tools})."
        return
    word = "would change" if dry_run else "repaired"
    count = len(found.paths if dry_run else found.written)
    yield f"{count} of {found.looked_at} files {word} ({tools})"
