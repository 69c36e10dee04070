"""The static table says what the commands say of themselves."""

import importlib

import pytest

from windlass.cli.table import COMMANDS

LEAVES = [
    (f"{name} {inner}".strip(), entry)
    for name, value in COMMANDS.items()
    for inner, entry in (value.items() if isinstance(value, dict) else [("", value)])
    if entry[0]
]


@pytest.mark.parametrize(("name", "entry"), LEAVES, ids=[name for name, _ in LEAVES])
def test_every_command_loads_and_its_help_is_the_table_line(name: str, entry: tuple[str, str]) -> None:
    module, _, attribute = entry[0].partition(":")
    command = getattr(importlib.import_module(module), attribute)
    assert command.help == entry[1]
