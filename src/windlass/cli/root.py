"""The root command: a lazy table, one renderer for errors, the documented exit codes."""

import difflib
import gc
import importlib
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from windlass.cli.table import COMMANDS, Entry

INTERRUPTED = 130
BUG = 70


class Lazy(click.Group):
    """A group that imports a command's module only when it is called."""

    def __init__(self, entries: Mapping[str, Entry | dict[str, Entry]], **settings: Any) -> None:
        super().__init__(**settings)
        self._entries = {name: entry for name, entry in entries.items() if name}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self._entries.get(cmd_name)
        if entry is None:
            return None
        if isinstance(entry, dict):
            kind = Besides if entry[""][0] else Lazy
            return kind(entry, name=cmd_name, help=entry[""][1])
        command = _loaded(entry)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [
            (name, entry[""][1] if isinstance(entry, dict) else entry[1])
            for name, entry in self._entries.items()
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] and not args[0].startswith("-") and args[0] not in self._entries:
            near = difflib.get_close_matches(args[0], self._entries, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" Known: {', '.join(self._entries)}."
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


class Besides(Lazy):
    """A group that is a command itself: what does not begin with the name of an inner one is for that."""

    def __init__(self, entries: Mapping[str, Entry | dict[str, Entry]], **settings: Any) -> None:
        super().__init__(entries, **settings)
        self._own = entries[""]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args if args and args[0] in self._entries else ["", *args])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name or isinstance(self._own, dict):
            return super().get_command(ctx, cmd_name)
        command = _loaded(self._own)
        command.context_class = _Nameless
        return command


class _Nameless(click.Context):
    """The context of a command that goes by its group's name alone."""

    @property
    def command_path(self) -> str:
        return super().command_path.rstrip()


def _loaded(entry: Entry) -> click.Command:
    module, _, attribute = entry[0].partition(":")
    command: click.Command = getattr(importlib.import_module(module), attribute)
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
    return command


ROOT = Lazy(
    COMMANDS,
    name="windlass",
    help="Find work in a git repository, rank it, hand it to agents, check what they bring and land it.",
    epilog="Begin with init, doctor and verify; then run, report and decide.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its documented exit code."""
    args = sys.argv[1:] if arguments is None else arguments
    if arguments is None:
        # Nothing of what a start imports ever goes; looking for garbage in it takes a sixth of the start.
        gc.disable()
    try:
        code = ROOT.main(args, prog_name="windlass", standalone_mode=False)
    except click.exceptions.Abort:
        code = INTERRUPTED
    except KeyboardInterrupt:
        code = INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # the edge of the process: told, and a bug is kept in a file
        code = _failed(error, as_json="--json" in args)
    sys.exit(code if isinstance(code, int) else 0)


def _failed(error: Exception, *, as_json: bool) -> int:
    kind = getattr(error, "kind", None)
    if kind is None or kind.exit_code == BUG:
        return _bug(error)
    hint = getattr(error, "hint", "")
    if as_json:
        body = {"code": getattr(error, "code", ""), "message": str(error), "hint": hint}
        retryable = kind.name in ("CONFLICT", "UNAVAILABLE")
        click.echo(json.dumps({"error": {**body, "retryable": retryable}}), err=True)
    else:
        click.echo(f"error: {error}", err=True)
        if hint:
            click.echo(f"  try: {hint}", err=True)
    code: int = kind.exit_code
    return code


def _bug(error: Exception) -> int:
    report = importlib.import_module("windlass.cli.bug").write(error)
    click.echo(f"bug: {type(error).__name__}: {error}", err=True)
    click.echo(f"  this is windlass's fault; the details are in {report}", err=True)
    return BUG
