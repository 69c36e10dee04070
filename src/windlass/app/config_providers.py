"""How `[[models.provider]]` is read: who sells models, what they speak, where their key is. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from windlass.app.config_values import Fault, Shape, Table, tables
from windlass.kernel import Invalid
from windlass.meter import Protocol, Provider, parse_prices

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
KEY: Final = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,199}|file:/[^\0]{1,4000}|")
KNOWN: Final = ("name", "url", "speaks", "key", "models", "prices")
SPOKEN: Final = tuple(one.value for one in Protocol)
MODELS_MAX: Final = 1_000
_WHERE: Final = 'key = "env:NAME" or key = "file:/path"'


@dataclass(frozen=True, slots=True)
class ProviderSetting:
    """One provider. `key`: where its key is, `env:NAME` or `file:PATH`; empty: it needs none. `models`: the
    only ones that may be called; empty: any. `prices`: as `meter.parse_prices` reads them.
    """

    name: str
    url: str
    speaks: tuple[str, ...]
    key: str = ""
    models: tuple[str, ...] = ()
    prices: Mapping[str, object] = field(default_factory=dict)


def provider_tables(wants: str) -> Shape[tuple[ProviderSetting, ...]]:
    """A list of tables, each with a name of its own."""
    return tables(wants, Table("provider", "models.provider", _faults, _provider, _table))


def provider_of(setting: ProviderSetting) -> Provider:
    """The provider as the meter knows it. Raises Invalid for what is no address."""
    return Provider(setting.name, setting.url, frozenset(map(Protocol, setting.speaks)))


def _faults(table: Mapping[str, object]) -> list[Fault]:
    known = f"known: {', '.join(KNOWN)}"
    faults = [Fault(key, "is no key of a provider", known) for key in sorted(set(table) - {*KNOWN})]
    name, speaks, key = table.get("name"), table.get("speaks"), table.get("key", "")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        faults.append(Fault(name, "must be a name of letters, digits, '.', '_' and '-'", at=".name"))
    if not _texts(speaks) or not speaks or not set(speaks) <= {*SPOKEN}:  # type: ignore[call-overload]  # texts
        faults.append(Fault(speaks, "must list protocols", f"known: {', '.join(SPOKEN)}", ".speaks"))
    if not isinstance(key, str) or not KEY.fullmatch(key):
        faults.append(Fault(None, "must say where the key is, and never be the key", _WHERE, ".key"))
    if not _texts(table.get("models", [])):
        faults.append(Fault(table["models"], f"must be a list of at most {MODELS_MAX} texts", at=".models"))
    return faults or _deeper(table)


def _deeper(table: Mapping[str, object]) -> list[Fault]:
    """What only the meter can tell, once the table has its shape."""
    faults = []
    try:
        provider_of(_provider(table))
    except Invalid as error:
        faults.append(Fault(None, str(error), "e.g. https://api.openai.com, what comes before /v1", ".url"))
    try:
        parse_prices(table.get("prices", {}))
    except Invalid as error:
        faults.append(Fault(None, str(error), error.hint, ".prices"))
    return faults


def _texts(value: object) -> bool:
    listed = isinstance(value, list | tuple) and len(value) <= MODELS_MAX
    return listed and all(isinstance(one, str) and one.strip() for one in value)  # type: ignore[attr-defined]  # a list


def _provider(table: Mapping[str, object]) -> ProviderSetting:
    prices = table.get("prices", {})
    return ProviderSetting(
        str(table["name"]), str(table.get("url", "")), _tuple(table["speaks"]), str(table.get("key", "")),
        _tuple(table.get("models")), prices if isinstance(prices, Mapping) else {},
    )  # fmt: skip


def _tuple(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _table(one: ProviderSetting) -> dict[str, object]:
    shown = {
        "name": one.name, "url": one.url, "speaks": list(one.speaks), "key": one.key,
        "models": list(one.models), "prices": dict(one.prices),
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value}
