"""How `[[verify.test]]` is read: a command that runs tests, and where it leaves their results. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from windlass import languages
from windlass.app.config_values import Fault, Shape, Table, command_problem, tables
from windlass.kernel import Invalid

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_KEYS: Final = ("name", "command", "report", "coverage")


@dataclass(frozen=True, slots=True)
class SuiteSetting:
    """`report` and `coverage` are written `form:path`; an empty `coverage` measures none."""

    name: str
    command: str
    report: str
    coverage: str = ""


def suite_tables(wants: str) -> Shape[tuple[SuiteSetting, ...]]:
    """A list of tables, each with a name of its own."""
    return tables(wants, Table("test", "verify.test", _faults, _made, _table))


def _faults(table: Mapping[str, object]) -> list[Fault]:
    found = [Fault(table[key], "is not known", f"known: {', '.join(_KEYS)}", f".{key}") for key in table
             if key not in _KEYS]  # fmt: skip
    said = {key: str(table.get(key, "")) for key in _KEYS}
    if not _NAME.fullmatch(said["name"]):
        found.append(Fault(said["name"], "must be a short name", 'for example name = "jest"', ".name"))
    if problem := command_problem(said["command"]):
        found.append(Fault(said["command"], problem, "write it as in a shell", ".command"))
    for key, read in (("report", languages.reports.source), ("coverage", languages.reports.lines_source)):
        try:
            if key == "report" or said[key]:
                read(said[key])
        except Invalid as error:
            found.append(Fault(said[key], str(error), error.hint, f".{key}"))
    return found


def _made(table: Mapping[str, object]) -> SuiteSetting:
    return SuiteSetting(**{key: str(value) for key, value in table.items()})


def _table(made: SuiteSetting) -> dict[str, object]:
    return {key: value for key, value in asdict(made).items() if value}
