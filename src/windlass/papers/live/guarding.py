"""What a contract protects, asked by somebody who proves nothing. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from windlass.papers.live.calls import Operation
from windlass.papers.live.target import Ask, Target

_TLS: Final = "mutualTLS"
"""Proven by the connection, which is a plain one here."""


def bare(target: Target, ask: Ask, operation: Operation) -> tuple[Target, Ask] | None:
    """The same call with nothing of what the operation's schemes are answered by; None where the contract
    lets anybody in, or what proves it is no header.
    """
    schemes = [one for several in operation.security for one in several]
    if not schemes or any(one.get("in") == "query" or one.get("type") == _TLS for one in schemes):
        return None
    named = {header(one) for one in schemes}
    return (
        replace(target, headers=_without(target.headers, named)),
        replace(ask, headers=_without(ask.headers, named)),
    )


def opens(operation: Operation, sent: Collection[str]) -> bool:
    """Whether headers of these names, in small letters, answer one of its sets of schemes."""
    return any(all(header(one) in sent for one in schemes) for schemes in operation.security)


def header(scheme: Mapping[str, Any]) -> str:
    """The header by which a scheme is answered, in small letters; of a key in the address, where it is."""
    where = str(scheme.get("in"))
    if scheme.get("type") != "apiKey":
        return "authorization"
    return str(scheme.get("name", "")).lower() if where == "header" else where


def _without(headers: Mapping[str, str], named: Collection[str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in named}
