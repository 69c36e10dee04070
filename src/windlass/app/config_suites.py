"""How `[[verify.test]]` and `leave_out` are read: what runs tests, what is not looked at. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from windlass import languages, papers
from windlass.app.config_values import Fault, Shape, Table, command_problem, path_problem, tables, words
from windlass.kernel import Invalid

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_HOST: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
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


def leave_outs(wants: str) -> Shape[tuple[str, ...]]:
    """A list of checks, each alone, which switches it off, or followed by what of it is left out."""
    return words(wants, leave_out_problem)


def leave_out_problem(word: str) -> str | None:
    """Why a text does not say what is left out; None where it does."""
    name, *words = word.split()
    if name not in LEAVABLE:
        return f"must begin with one of {', '.join(LEAVABLE)}"
    return next((problem for one in words if (problem := LEAVABLE[name](one))), None)


def _marker_problem(marker: str) -> str | None:
    return None if _MARKER.fullmatch(marker) else "must be a marker of pytest, as network"


def _whole_problem(word: str) -> str | None:
    return "is left out as a whole"


_MARKER: Final = re.compile(r"[A-Za-z_][\w-]{0,63}")
LEAVABLE: Final[Mapping[str, Callable[[str], str | None]]] = {
    **dict.fromkeys((*papers.KINDS, "migrations"), path_problem),
    **dict.fromkeys(("deselected-tests", "weekly-tests"), _marker_problem),
    **{f"npm-{script.replace(':', '.')}": _whole_problem for script in languages.SCRIPTS},
}
"""Checks that a person may leave out, each with what is wrong with a word behind its name."""


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


def hosts(wants: str) -> Shape[tuple[str, ...]]:
    """Names of hosts, without a port."""
    return words(wants, _host_problem)


def _host_problem(host: str) -> str | None:
    return None if _HOST.fullmatch(host) else "must be a host, as npm.example.com"
