"""What a contract protects, asked by somebody who proves nothing. Pure but for the asking."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from windlass.papers.live.calls import Operation
from windlass.papers.live.target import Target


def bare(target: Target, operation: Operation) -> Target:
    """The same target, with nothing of what the operation's schemes are answered by."""
    named = {header(one) for schemes in operation.security for one in schemes}
    left = {name: value for name, value in target.headers.items() if name.lower() not in named}
    return replace(target, headers=left)


def opens(operation: Operation, sent: Collection[str]) -> bool:
    """Whether headers of these names, in small letters, answer one of its sets of schemes."""
    return any(all(header(one) in sent for one in schemes) for schemes in operation.security)


def header(scheme: Any) -> str:
    """The header by which a scheme is answered, in small letters; of a key that is told elsewhere, where."""
    kind, where = scheme.get("type"), scheme.get("in")
    if kind == "apiKey":
        name = {"header": str(scheme.get("name", "")).lower(), "cookie": "cookie"}
        return name.get(str(where), str(where))
    return "authorization"
