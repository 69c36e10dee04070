"""What every command prints with: data on stdout, everything else on stderr, tables cut to the terminal."""

import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

GAP = 2
_STEERING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
NARROWEST = 8


def output_options(command: F) -> F:
    """`--json` for the whole document, `--fields a,b` to cut it."""
    command = click.option("--fields", metavar="A,B", help="With --json: only these fields.")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout and nothing else.")(
        command
    )


def repo_option(command: F) -> F:
    return click.option(
        "--repo", metavar="PATH", help="The repository to look at; default: the one you are in."
    )(command)


def emit(data: Any, *, as_json: bool, fields: str | None, lines: Callable[[], Iterable[str]]) -> None:
    """Print `data` as one JSON document, or the lines for a person."""
    if as_json or fields:
        click.echo(json.dumps(cut(data, fields), indent=2, default=str))
        return
    for line in lines():
        click.echo(printable(line))


def printable(text: str) -> str:
    """A text without what steers a terminal or turns its letters around: names and messages of a tended
    repository may hold such.
    """
    return _STEERING.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def cut(data: Any, fields: str | None) -> Any:
    """Keep only the named top-level fields; an unknown one is an error that lists the known ones."""
    if not fields:
        return data
    wanted = [name.strip() for name in fields.split(",") if name.strip()]
    rows = data if isinstance(data, list) else [data]
    for row in rows:
        if unknown := [name for name in wanted if name not in row]:
            raise click.UsageError(f"There is no field {unknown[0]!r}. Known: {', '.join(row)}.")
    kept = [{name: row[name] for name in wanted} for row in rows]
    return kept if isinstance(data, list) else kept[0]


def table(
    header: Sequence[str], rows: Sequence[Sequence[object]], *, columns: int | None = None
) -> list[str]:
    """Columns aligned and cut so that a line fits the terminal; the widest column gives way first."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    room = (columns or width()) - GAP * (len(header) - 1)
    while sum(widths) > room and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return [
        (" " * GAP).join(_fit(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def width() -> int:
    """Columns of the terminal; 100 where there is none."""
    return shutil.get_terminal_size((100, 24)).columns


def note(text: str) -> None:
    """A remark for the person, never part of the data."""
    click.echo(printable(text), err=True)


def pairs(values: Mapping[str, object]) -> list[str]:
    """Name and value, one per line, values aligned."""
    size = max((len(name) for name in values), default=0)
    return [f"{name:<{size}}  {value}" for name, value in values.items()]


def _fit(cell: str, size: int) -> str:
    return cell.ljust(size) if len(cell) <= size else cell[: size - 1] + "…"
