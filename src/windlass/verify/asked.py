"""Which checks a person asked for by name, and whether they ran. Pure.

A check goes by its name, by the beginning of it (`service` of `service:shop`), by its role (`tests`) and by
the group that it belongs to.
"""

from collections.abc import Collection, Iterable
from typing import Final

from windlass.kernel import Invalid

Named = tuple[str, str]
"""Name and role of a check."""
GROUPS: Final = {"contract": frozenset({"contracts", "service"})}
"""The contracts that lie there, and the programs that have to keep them."""


def wanted(check: Named, only: Collection[str]) -> bool:
    """Whether a check is asked for; where nobody asks for any, all are."""
    return not only or not _goes_by(check).isdisjoint(only)


def known(only: Collection[str], checks: Iterable[Named]) -> None:
    """Raise Invalid for a word by which none of these checks goes."""
    words = {word for check in checks for word in _goes_by(check)}
    if strange := [word for word in only if word not in words]:
        raise Invalid(f"no check here is called {strange[0]!r}", hint=f"known: {', '.join(sorted(words))}")


def missing(only: Collection[str], ran: Collection[Named]) -> tuple[str, ...]:
    """Why a judgement of these alone is no pass: what was asked for and gave no result."""
    lost = [word for word in only if not any(wanted(check, (word,)) for check in ran)]
    return tuple(f"{word} was asked for, and gave no result" for word in lost)


def _goes_by(check: Named) -> frozenset[str]:
    name, role = check
    words = {name, name.partition(":")[0], role}
    return frozenset(words | {group for group, members in GROUPS.items() if members & words})
