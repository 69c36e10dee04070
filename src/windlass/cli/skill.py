"""`windlass skill …`: one page that tells an agent what windlass can do, made from the tables of commands
and tools.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click

from windlass import __version__
from windlass.cli.table import COMMANDS, Entry
from windlass.kernel import Conflict, Unavailable
from windlass.mesh import TOOLS, Tool, roles

PLACE: Final = Path(".agents") / "skills"
"""Where agents that follow the common layout look for skills, from the folder they work in."""
MARK: Final = "<!-- Written by `windlass skill install`; your edits are lost when it is written anew. -->"
_HEAD: Final = """\
---
name: windlass
description: >-
  Find, rank, claim, do, check and land work in a git repository through windlass: take tasks under a lease,
  ask, submit commits with evidence, answer decisions, read what happened.
---
{mark}

# windlass {version}

Data goes to stdout, everything else to stderr. Add `--json` for JSON (`--fields a,b` cuts it), `--help`
for options, `--repo PATH` for another repository than the one around the current folder.

Exit codes: 0 done · 1 the verdict is no · 2 your arguments · 3 not found · 4 waits for a person · 5 refused,
do not retry · 6 the state moved or the lease is lost: read again · 7 unreachable, retry · 70 a bug ·
124 timed out.

Working on a task: claim it, renew the lease while you work, read its history, test first, submit. Stop at
once when the lease is lost. `windlass sop show ROLE` tells how, for {roles}.

## Commands
"""
_TOOLS: Final = """
## Tools

The same fourteen over MCP (`windlass mcp serve`) and HTTP (`POST /v1/tools/NAME`).
"""


def skill(commands: Mapping[str, Entry | dict[str, Entry]], tools: Mapping[str, Tool]) -> str:
    """The page: one line for each command and each tool. Pure."""
    head = _HEAD.format(mark=MARK, version=__version__, roles=", ".join(roles()))
    lines = [f"- `windlass {name}`: {told}" for name, told in leaves(commands)]
    listed = [f"- `{tool.name}`{_flags(tool)}: {tool.summary}" for tool in tools.values()]
    return head + "\n" + "\n".join(lines) + "\n" + _TOOLS + "\n" + "\n".join(listed) + "\n"


def leaves(commands: Mapping[str, Entry | dict[str, Entry]]) -> Iterator[tuple[str, str]]:
    """Every command by its full name with its help line, in the order of the table."""
    for name, value in commands.items():
        for inner, entry in value.items() if isinstance(value, dict) else [("", value)]:
            if entry[0]:
                yield f"{name} {inner}".strip(), entry[1]


def _flags(tool: Tool) -> str:
    told = (("reads", tool.read_only), ("cannot be undone", tool.destructive))
    words = [word for word, said in told if said]
    return f" ({', '.join(words)})" if words else ""


@click.command(help="Print the page that tells an agent what windlass can do.")
def print_skill() -> None:
    click.echo(skill(COMMANDS, TOOLS), nl=False)


@click.command(help="Write that page where agents look for skills.")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), metavar="FOLDER",
    help="The folder agents work in, default: this one; or their own folder of skills.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the page is missing or old.")
def install_skill(*, into: Path, check: bool) -> None:
    place = (into if into.name == "skills" else into / PLACE) / "windlass" / "SKILL.md"
    old, new = _read(place), skill(COMMANDS, TOOLS)
    if check:
        click.echo(f"{place} is {'current' if old == new else 'missing' if old is None else 'old'}")
        raise SystemExit(0 if old == new else 1)
    if old is not None and MARK not in old:
        raise Conflict(f"{str(place)!r} was not written by windlass", hint="move it, or name another --into")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(new, encoding="utf-8")
    except OSError as error:
        told = f"cannot write {str(place)!r}: {error.strerror}"
        raise Unavailable(told, hint="name another --into") from error
    click.echo(f"Wrote {place}")


def _read(place: Path) -> str | None:
    try:
        return place.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable(f"cannot read {str(place)!r}: {error.strerror}") from error
