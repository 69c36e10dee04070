#!/usr/bin/env python3
"""Write the pages of docs/reference that follow from the source.

    .venv/bin/python scripts/docs_reference.py            # write them
    .venv/bin/python scripts/docs_reference.py --check    # exit 1 and name the pages that are stale

What an event means is told in contracts/asyncapi.yaml; a kind that is not listed there gets an empty cell,
and a test asks for the words.
"""

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import click
import reference_pages

from windlass import backlog, dispatch, forge, verify
from windlass.app.config import shown
from windlass.app.config_sections import KEYS, Config
from windlass.backlog import ItemState
from windlass.cli.table import COMMANDS, Entry
from windlass.contracts import ASYNCAPI, load_document
from windlass.identity import ACTIONS, Role
from windlass.kernel import Family, Machine
from windlass.land import LandingState
from windlass.trials import TrialState
from windlass.verify import Outcome

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "windlass"
MADE = "<!-- Written by scripts/docs_reference.py; change the source, then run it again. -->"
FAMILIES: tuple[tuple[Family[Any], str], ...] = (
    (backlog.SOURCES, "Where findings come from: `[backlog] sources`."),
    (dispatch.RUNNERS, "Who does the work of a task: `[dispatch] runners`."),
    (
        verify.check.CHECKS,
        "What is measured on a tree. Commands in `[verify]` are checks of the kind `command`.",
    ),
    (forge.FORGES, "Who holds the main branch that counts: `[forge]`."),
)
SUBJECTS = (
    "access", "cycle", "decision", "instance", "item", "land", "landing", "lane", "lease", "letter",
    "limit", "lock", "night", "node", "operation", "pull", "repository", "run", "session", "shared", "source",
    "task",
    "token", "trial", "trunk", "verdict", "worker", "workflow",
)  # fmt: skip
KIND = re.compile(rf"(?:{'|'.join(SUBJECTS)})\.[a-z]+(?:-[a-z]+)*")
ANY_KIND = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*")
RECORDERS = {"append", "append_many", "say"}
"""Functions that record an event whose kind is one of their arguments."""
STATES: Mapping[str, type[Enum]] = {
    "item": ItemState, "landing": LandingState, "trial": TrialState, "verdict": Outcome,
}  # fmt: skip
"""Events whose kind is a state's name: `item.closed` and its like."""
FILES = (".json", ".py", ".toml")
"""Names of files that look like kinds of events."""
READERS = ("cli/", "learn/report.py", "plan/", "app/config")
"""Modules that name kinds of events or settings and record none."""
CLI = """
`windlass` and `wl` are the same program. Data goes to stdout, everything else to stderr; the exit codes are
in [exit-codes](exit-codes.md). Every command takes `--help`.
"""
RIGHTS = """
What each role may do; an empty cell is a no. Agents are runners and the holders of leases; services are
machines with a token of their own, whose scopes are actions of this table. A token of any kind may be
narrowed by scopes and bound to one repository. Whoever is refused is told which action, which role and what
to do, and an event (`access.denied`, or `access.unknown` for a credential that does not count) is recorded.
"""
SETTINGS = """
Weakest first: default, the user's file (`windlass/config.toml` in the configuration folder of the platform,
or the file that `WINDLASS_CONFIG` names), the repository's `.automation-scope.yaml`, `windlass.toml`,
environment. There are two `windlass.toml`: that on the main branch of the repository, never one of its
working files, and that in the data home, where `windlass init` puts it, which wins setting by setting. All
mistakes of all places are reported at once.
`windlass config show --origin` prints what is in force and where it comes from, `windlass config import`
[brings in](../how-to/bring-settings-of-other-tools.md) what stands in the files and variables of other
tools. Durations are texts with units: `"90s"`, `"5m"`, `"1h30m"`.

`owner only` settings are refused in a file that lies inside the repository, and so are the levels
`merge-on-green` and `unattended`. What `.automation-scope.yaml` restricts stays restricted: other places
add.
"""
VARIABLES = """
## Variables

Each setting is also a variable: `WINDLASS_` and its path in capitals with `_` for `.`, e.g.
`WINDLASS_BACKLOG_THRESHOLD=1.5`. An unknown one of a section that there is is an error. Beside
them:

| variable | meaning |
|---|---|
| `WINDLASS_HOME` | the data home; default: `windlass` in the user data folder of the platform |
| `WINDLASS_CONFIG` | the user's settings file |
| `WINDLASS_PYTHON` | for `./start.sh`: the Python that sets windlass up |
| `WINDLASS_NO_APT=1` | for `./start.sh`: never install Debian packages |
| `NO_COLOR` | no colour on the terminal |
"""
EVENTS = """
Everything that happens is an event, recorded in the transaction that changed the state. An event has a
sequence number, a time, an actor, what it is about (repository, item, task, fence) and a little data. Read
them with `windlass audit list`; `windlass audit verify` proves that they were not changed. The room is who
records it.
"""
PLUGINS = """
A kind is one module with `Settings`, `open(settings, tools)` and pure parsers. An installed package adds
one by an entry point in the group `windlass.sources`, `windlass.runners` or `windlass.checks`. Every kind
passes its family's conformance suite in `tests/conformance`.
"""
STATES_TEXT = """
Each lifecycle is one table in the source (`kernel.Machine`); a move that is not in it is refused.
"""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command by its full name, in the order of the table."""
    for name, value in COMMANDS.items():
        leaves = value.items() if isinstance(value, dict) else [("", value)]
        for inner, entry in leaves:
            if entry[0]:
                yield f"{name} {inner}".strip(), loaded(entry)


def loaded(entry: Entry) -> click.Command:
    module, _, attribute = entry[0].partition(":")
    command: click.Command = getattr(importlib.import_module(module), attribute)
    return command


def cli() -> str:
    lines = ["# Commands", "", MADE, "", *CLI.strip().splitlines()]
    group = ""
    for name, command in commands():
        first, _, inner = name.partition(" ")
        entry = COMMANDS[first]
        if inner and isinstance(entry, dict) and first != group and not entry[""][0]:
            group = first
            lines += ["", f"## windlass {first}", "", entry[""][1]]
        lines += ["", f"{'###' if inner else '##'} windlass {name}", "", command.help or "", ""]
        lines += [f"    windlass {usage(name, command)}", "", *options(command)]
    return "\n".join(lines).rstrip() + "\n"


def usage(name: str, command: click.Command) -> str:
    words = [name]
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            word = parameter.human_readable_name.upper()
            words.append(word if parameter.required else f"[{word}]")
    return " ".join([*words, "[OPTION...]"])


def options(command: click.Command) -> list[str]:
    rows = []
    for option in command.params:
        if isinstance(option, click.Option):
            names = ", ".join(f"`{name}{value(option)}`" for name in sorted(option.opts, key=len))
            rows.append(f"| {names} | {about(option)} |")
    return ["| option | meaning |", "|---|---|", *rows] if rows else []


def value(option: click.Option) -> str:
    longest = max(option.opts, key=len).lstrip("-")
    return "" if option.is_flag else f" {option.metavar or longest.upper()}"


def about(option: click.Option) -> str:
    told = [option.help or ""]
    if isinstance(option.type, click.Choice):
        told.append(f"One of {', '.join(f'`{choice}`' for choice in option.type.choices)}.")
    if option.show_default and option.default is not None:
        told.append(f"Default: `{option.default}`.")
    return " ".join(filter(None, told))


def settings() -> str:
    lines = ["# Settings", "", MADE, "", *SETTINGS.strip().splitlines()]
    section = ""
    for key in KEYS.values():
        if key.section != section:
            section = key.section
            lines += ["", f"## [{section}]", "", "| key | default | value | meaning |", "|---|---|---|---|"]
        told = f"{key.about} (owner only)" if key.owner_only else key.about
        default = literal(shown(Config(), key))
        lines.append(f"| `{key.path}` | {default} | {key.shape.wants} | {told} |")
    lines += ["", *VARIABLES.strip().splitlines()]
    return "\n".join(lines) + "\n"


def literal(value: object) -> str:
    if value == "":
        return "empty"
    if isinstance(value, list):
        inner = ", ".join(plug(entry) for entry in value)
        return f"`[{inner}]`"
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def plug(entry: object) -> str:
    if isinstance(entry, Mapping):
        return "{" + ", ".join(f'{name} = "{value}"' for name, value in entry.items()) + "}"
    return f'"{entry}"'


def events() -> str:
    words = told()
    lines = ["# Events", "", MADE, "", *EVENTS.strip().splitlines(), ""]
    lines += ["| kind | room | meaning |", "|---|---|---|"]
    lines += [f"| `{kind}` | `{room}` | {words.get(kind, '')} |" for kind, room in sorted(kinds().items())]
    return "\n".join(lines) + "\n"


def told() -> dict[str, str]:
    """What the contract says about each kind."""
    messages = load_document(ASYNCAPI).tree["components"]["messages"]
    return {name: message["summary"] for name, message in messages.items() if ANY_KIND.fullmatch(name)}


@cache
def kinds() -> Mapping[str, str]:
    """Every kind of event that the source records, and the room that does."""
    found: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not name.startswith(READERS):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                found |= dict.fromkeys([*named(node), *recorded(node)], name.partition("/")[0])
    return {kind: room for kind, room in found.items() if kind not in ACTIONS}


def named(node: ast.AST) -> list[str]:
    """The kinds that one expression spells, e.g. `"task.filed"` or `f"item.{new.value}"`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and KIND.fullmatch(node.value):
        return [] if node.value.endswith(FILES) else [node.value]
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        subject = str(node.values[0].value).removesuffix(".")
        if str(node.values[0].value).endswith(".") and subject in STATES and len(node.values) == 2:
            return [f"{subject}.{state.value}" for state in STATES[subject]]
    return []


def recorded(node: ast.AST) -> list[str]:
    """The kinds that a call which records events spells."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in RECORDERS:
        return []
    words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return [word for word in words if ANY_KIND.fullmatch(word)]


def plugins() -> str:
    lines = ["# Plug-ins", "", MADE, "", *PLUGINS.strip().splitlines()]
    for family, text in FAMILIES:
        lines += ["", f"## {family.name}", "", text]
        for kind in family.kinds():
            module = family.module(kind)
            lines += ["", f"### {kind}", "", paragraph(module.__doc__)]
            if rows := [f"| `{one.name}` | {default(one)} |" for one in fields(module.Settings)]:
                head = ["", paragraph(module.Settings.__doc__), "", "| setting | default |", "|---|---|"]
                lines += [*head, *rows]
    return "\n".join(lines) + "\n"


def paragraph(text: str | None) -> str:
    """A docstring's first paragraphs as flowing text."""
    parts = inspect.cleandoc(text or "").split("\n\n")
    return "\n\n".join(" ".join(part.split()) for part in parts)


def default(one: Field[Any]) -> str:
    if one.default is MISSING and one.default_factory is MISSING:
        return "must be given"
    value = one.default if one.default is not MISSING else "empty"
    shown_as = literal(list(value) if isinstance(value, tuple) else value)
    return shown_as if len(shown_as) <= 80 else f"{shown_as[:76].rstrip()} …`"


def machines() -> list[Machine[Any]]:
    """Every lifecycle in the source."""
    found: dict[str, Machine[Any]] = {}
    for path in sorted(SOURCE.glob("*/model.py")):
        module = importlib.import_module(f"windlass.{path.parent.name}.model")
        found |= {one.name: one for one in vars(module).values() if isinstance(one, Machine)}
    return list(found.values())


def states() -> str:
    lines = ["# States", "", MADE, "", *STATES_TEXT.strip().splitlines()]
    for machine in machines():
        ends = [f"`{state.value}`" for state in machine.moves if machine.final(state)]
        lines += ["", f"## {machine.name}", "", "```mermaid", machine.mermaid(), "```", ""]
        lines += [f"Final: {', '.join(ends)}." if ends else "No state is final."]
    return "\n".join(lines) + "\n"


def rights() -> str:
    """The table of rights: a row per action, a column per role."""
    roles = [role.value for role in Role]
    lines = ["# Rights", "", MADE, "", *RIGHTS.strip().splitlines(), ""]
    lines += [f"| action | {' | '.join(roles)} |", "|---" * (len(roles) + 1) + "|"]
    for action, grants in ACTIONS.items():
        cells = [grants[role].value if role in grants else "" for role in Role]
        lines.append(f"| `{action}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "cli.md": cli, "settings.md": settings, "events.md": events, "plugins.md": plugins, "states.md": states,
    "rights.md": rights,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(reference_pages.main(PAGES, "docs_reference.py", __doc__ or "", sys.argv[1:]))
