"""`windlass config import`: bring in what stands in the files and variables of other tools."""

import itertools
import os
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from windlass import app
from windlass.cli.opening import who
from windlass.cli.render import GAP, NARROWEST, emit, note, output_options, repo_option, table, width

HEADER = ("FROM", "KEY", "VALUE", "SETTING", "WHAT BECAME OF IT")
Row = tuple[str, str, str, str, str]
VALUE_MAX = 28
MEDIUM = 100
"""From so many columns on, values have a column of their own."""
SHARES = {2: (50, 100), 3: (38, 16, 100)}
"""Percent of the line that a cell may take, by the number of cells; the last one takes the rest."""
NAMES_MAX = 5


@click.command(
    name="import",
    help="Bring in settings of tools used before.",
    epilog="Their backlog too. Without FILE: every file of theirs that lies in the checkout, and every"
    " variable of theirs that is set. A FILE is known by its name; --as says what another name is. What has"
    " a setting goes into your windlass.toml of this repository, in the data home; entries of backlog.yml go"
    " into the backlog.",
)
@click.argument("files", metavar="[FILE ...]", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--as",
    "kind",
    metavar="KIND",
    help="What FILE is: scope, ratchet, agents, parallel, backlog, sla or alerts.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done and write nothing.")
@click.option("--replace", is_flag=True, help="Also change what your windlass.toml says otherwise.")
@repo_option
@output_options
def import_settings(
    *,
    files: tuple[Path, ...],
    kind: str | None,
    dry_run: bool,
    replace: bool,
    repo: str | None,
    as_json: bool,
    fields: str | None,
) -> None:
    importing = app.preparing.importing
    if kind and not files:
        raise click.UsageError("--as says what FILE is, so name one.")
    done = importing.bring(
        importing.Request(Path(repo) if repo else None, files, kind, replace, dry_run, who()), os.environ
    )
    emit(_data(done, dry_run=dry_run), as_json=as_json, fields=fields, lines=lambda: _lines(done, dry_run))
    if done.written and done.owner:
        note("What runs now has read its settings already: start it again.")


def _data(done: Any, *, dry_run: bool) -> dict[str, Any]:
    keys = [
        {"from": one.source, "key": one.key, "value": one.value, "setting": one.setting or None,
         "outcome": one.outcome.value, "why": one.why}
        for one in done.lines
    ]  # fmt: skip
    items = done.backlog and {
        "added": done.backlog.added, "changed": done.backlog.changed, "unchanged": done.backlog.unchanged,
        "done_there": list(done.backlog.done), "rounded": list(done.backlog.rounded),
    }  # fmt: skip
    return {
        "keys": keys,
        "backlog": items,
        "file": str(done.place),
        "written": done.written,
        "dry_run": dry_run,
    }


def _lines(done: Any, dry_run: bool) -> Iterator[str]:
    if not done.lines and done.backlog is None:
        yield "There is nothing to import. Looked for: " + ", ".join(app.preparing.importing.NAMES) + "."
        return
    rows = [(one.source, one.key, one.value, one.setting or "-", _became(one, dry_run)) for one in done.lines]
    if rows:
        yield from _shown(rows, width())
    if rows:
        yield ""
    yield from _ending(done, dry_run)


def _became(one: Any, dry_run: bool) -> str:
    word = one.outcome.value
    if dry_run and word in ("set", "replaced"):
        word = f"would be {word}"
    return f"{word}: {one.why}" if one.why else word


def _shown(rows: Sequence[Row], columns: int) -> Iterator[str]:
    """One table where it fits; else a block for each source, its cells on as many lines as they need."""
    if _wide(HEADER, rows) <= columns:
        yield from table(HEADER, rows, columns=columns)
        return
    shape = _medium if columns >= MEDIUM else _narrow
    cells = [shape(row) for row in (HEADER, *rows)]
    sizes = [max(len(row[n]) for row in cells) for n in range(len(cells[0]))]
    sizes = [
        min(size, (columns * share) // 100) for size, share in zip(sizes, SHARES[len(sizes)], strict=True)
    ]
    sizes[-1] = max(NARROWEST, columns - sum(sizes[:-1]) - GAP * len(sizes))
    yield from _wrapped(cells[0], sizes)
    source = ""
    for row, shown in zip(rows, cells[1:], strict=True):
        if row[0] != source:
            source = row[0]
            yield source
        yield from _wrapped(shown, sizes)


def _medium(row: Row) -> tuple[str, ...]:
    _, key, value, setting, became = row
    value = value if len(value) <= VALUE_MAX else value[: VALUE_MAX - 1] + "…"
    became = f"{setting}: {became}" if setting not in ("-", HEADER[3]) else became
    return key, value, became


def _narrow(row: Row) -> tuple[str, ...]:
    key, value, became = _medium(row)
    return f"{key} = {value}", became


def _wrapped(cells: Sequence[str], sizes: Sequence[int]) -> Iterator[str]:
    """One row, indented, of as many lines as its longest cell needs."""
    columns = [
        textwrap.wrap(cell, size, break_on_hyphens=False) for cell, size in zip(cells, sizes, strict=True)
    ]
    for line in itertools.zip_longest(*columns, fillvalue=""):
        shown = (text.ljust(size) for text, size in zip(line, sizes, strict=True))
        yield (" " * GAP + (" " * GAP).join(shown)).rstrip()


def _wide(header: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Columns that a table needs to be whole."""
    sizes = (max(len(row[n]) for row in (header, *rows)) for n in range(len(header)))
    return sum(sizes) + GAP * (len(header) - 1)


def _ending(done: Any, dry_run: bool) -> Iterator[str]:
    every = [one.outcome for one in done.lines]
    counts = {kind.value: every.count(kind) for kind in app.preparing.importing.Outcome if kind in every}
    would = "would be " if dry_run else ""
    if done.backlog is not None:
        items = done.backlog
        changed = f", {items.changed} {would}changed" if items.changed else ""
        yield f"Backlog: {_items(items.added)} {would}added{changed}, {items.unchanged} there already."
        if items.done:
            yield f"  Left out, as they are done: {_few(items.done)}"
        if items.rounded:
            yield f"  Put onto the scale 1-2-3-5-8-13: {_few(items.rounded)}"
    if counts:
        yield "Keys: " + ", ".join(
            f"{number} {would if word == 'set' else ''}{word}" for word, number in counts.items()
        )
    if counts.get("kept"):
        yield "What was kept says otherwise in a windlass.toml; --replace takes what is imported instead."
    if done.written:
        yield f"Written to {done.place}"
    else:
        why = "--dry-run" if dry_run else "no setting is new"
        yield f"Nothing was written ({why}) to {done.place}"


def _items(number: int) -> str:
    return f"{number} item" if number == 1 else f"{number} items"


def _few(words: Sequence[str]) -> str:
    more = f" and {len(words) - NAMES_MAX} more" if len(words) > NAMES_MAX else ""
    return ", ".join(words[:NAMES_MAX]) + more
