"""How `[[conflicts.generated]]` is read: which files a command makes. Pure."""

from collections.abc import Mapping
from typing import Final

from windlass import conflicts
from windlass.app.config_values import Fault, Shape, Table, duration_text, seconds, tables
from windlass.kernel import Invalid

Generated = conflicts.generated.Generated
_NAMES: Final = {"limit": "limit_s", "limit_s": "limit_s, it is limit"}


def generated_tables(wants: str) -> Shape[tuple[Generated, ...]]:
    """A list of tables, each with a name of its own."""
    return tables(wants, Table("command", "conflicts.generated", _faults, _entry, _table))


def _faults(table: Mapping[str, object]) -> list[Fault]:
    try:
        _entry(table)
    except Invalid as error:
        return [Fault(table.get("name"), str(error), error.hint)]
    return []


def _entry(table: Mapping[str, object]) -> Generated:
    given = {_NAMES.get(key, key): value for key, value in table.items()}
    if "limit" in table:
        given["limit_s"] = seconds(table["limit"])
    return conflicts.generated.parse_entry(given)


def _table(entry: Generated) -> dict[str, object]:
    return {
        "name": entry.name, "paths": list(entry.paths), "command": entry.command,
        "limit": duration_text(entry.limit_s),
    }  # fmt: skip
