"""How `[[verify.service]]` is read: what is started in the sandbox and held against its contracts. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from windlass.app.config_values import (
    Complaint,
    Fault,
    Shape,
    Table,
    command_problem,
    duration,
    path_problem,
    tables,
    whole,
    words,
)  # fmt: skip

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,80}")
_LEFT_OUT: Final = re.compile(r"(\*|WS|[A-Z]{3,10}) /\S*")
_CONTRACTS: Final = ("openapi", "asyncapi", "served")
_WAIT, _LOAD, _CLIENTS = duration(1, 600), duration(0, 3600), whole(1, 256)


@dataclass(frozen=True, slots=True)
class ServiceSetting:
    """`ready` and `served`: paths of the service; `openapi` and `asyncapi`: of the repository. `headers` and
    `env`: names and values. `load_s`: seconds of load in tier 3, 0 for none.
    """

    name: str
    command: str
    ready: str = ""
    wait_s: float = 30.0
    openapi: str = ""
    asyncapi: str = ""
    served: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    leave_out: tuple[str, ...] = ()
    load_s: float = 30.0
    clients: int = 8


def service_tables(wants: str) -> Shape[tuple[ServiceSetting, ...]]:
    """A list of tables, each with a name of its own."""
    return tables(wants, Table("service", "verify.service", _faults, _made, _table))


def _left_out_problem(word: str) -> str | None:
    return None if _LEFT_OUT.fullmatch(word) else "must be a method, or WS, or *, and a path, as POST /orders"


_LEAVE_OUT: Final = words("a list of `METHOD /path`", _left_out_problem)
_READ: Final[Mapping[str, Callable[[object], object]]] = {
    "wait": _WAIT.read, "load": _LOAD.read, "clients": _CLIENTS.read, "leave_out": _LEAVE_OUT.read,
}  # fmt: skip
_FIELDS: Final = {"wait": "wait_s", "load": "load_s"}
_TEXTS: Final = ("name", "command", "ready", "openapi", "asyncapi", "served")
_PAIRS: Final = {"headers": _HEADER, "env": _VARIABLE}
_KEYS: Final = (*_TEXTS, *_READ, *_PAIRS)


def _faults(table: Mapping[str, object]) -> list[Fault]:
    found = [Fault(table[key], "is not known", f"known: {', '.join(_KEYS)}", f".{key}") for key in table
             if key not in _KEYS]  # fmt: skip
    found += [Fault(table[key], "must be a text", at=f".{key}") for key in _TEXTS
              if not isinstance(table.get(key, ""), str)]  # fmt: skip
    if found:
        return found
    said = {key: str(table.get(key, "")) for key in _TEXTS}
    if not _NAME.fullmatch(said["name"]):
        found.append(Fault(said["name"], "must be a short name", 'for example name = "api"', ".name"))
    if problem := command_problem(said["command"]):
        hint = 'for example command = "uvicorn shop.app:app --port {port}"'
        found.append(Fault(said["command"], problem, hint, ".command"))
    for key in ("ready", "served"):
        if said[key] and not re.fullmatch(r"/[!-~]*", said[key]):
            found.append(Fault(said[key], "must be a path of the service, as /health", at=f".{key}"))
    for key in ("openapi", "asyncapi"):
        if problem := path_problem(said[key]):
            found.append(Fault(said[key], problem, at=f".{key}"))
    if not any(said[key] for key in _CONTRACTS):
        hint = 'for example openapi = "contracts/openapi.yaml"'
        found.append(Fault("", f"names no contract: one of {', '.join(_CONTRACTS)}", hint))
    return [*found, *_pair_faults(table), *_read_faults(table)]


def _pair_faults(table: Mapping[str, object]) -> list[Fault]:
    found = []
    for key, names in _PAIRS.items():
        pairs = table.get(key, {})
        if not isinstance(pairs, Mapping):
            found.append(Fault(pairs, "must be a table of names and texts", at=f".{key}"))
            continue
        for name, value in pairs.items():
            if not names.fullmatch(str(name)) or not isinstance(value, str) or not value.isprintable():
                found.append(Fault(value, "must be a name and a text of one line", at=f".{key}.{name}"))
    return found


def _read_faults(table: Mapping[str, object]) -> list[Fault]:
    found = []
    for key, read in _READ.items():
        try:
            if key in table:
                read(table[key])
        except Complaint as complaint:
            found += [Fault(one.value, one.problem, one.hint, f".{key}{one.at}") for one in complaint.faults]
    return found


def _made(table: Mapping[str, object]) -> ServiceSetting:
    made: dict[str, object] = {key: table[key] for key in _TEXTS if key in table}
    made |= {_FIELDS.get(key, key): read(table[key]) for key, read in _READ.items() if key in table}
    for key in _PAIRS:
        pairs = table.get(key, {})
        made[key] = tuple(sorted(pairs.items())) if isinstance(pairs, Mapping) else ()
    return ServiceSetting(**made)  # type: ignore[arg-type]  # each was read by its own kind


def _table(made: ServiceSetting) -> dict[str, object]:
    shown: dict[str, object] = {key: getattr(made, key) for key in _TEXTS if getattr(made, key)}
    shown |= {key: dict(getattr(made, key)) for key in _PAIRS if getattr(made, key)}
    if made.leave_out:
        shown["leave_out"] = list(made.leave_out)
    return {
        **shown, "wait": _WAIT.show(made.wait_s), "load": _LOAD.show(made.load_s), "clients": made.clients,
    }  # fmt: skip
