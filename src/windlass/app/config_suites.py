"""How `[[verify.test]]` and `leave_out` are read: what runs tests, what is not looked at. Pure."""

import re
from collections.abc import Mapping
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
    """A list of checks of papers, each alone, which switches it off, or followed by patterns of paths."""
    return words(wants, leave_out_problem)


def leave_out_problem(word: str) -> str | None:
    """Why a text does not say what is left out; None where it does."""
    kind, *paths = word.split()
    if kind not in papers.KINDS:
        return f"must begin with one of {', '.join(papers.KINDS)}"
    return next((problem for path in paths if (problem := path_problem(path))), None)


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
