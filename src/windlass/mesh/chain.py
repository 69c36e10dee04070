"""The rule of guardian chains: who checks an implementation, and in which order. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from windlass.dispatch import Place

IMPLEMENTATION: Final = Place.first().role
"""The role of the task that a chain begins with; a task without any role has no chain."""


def guardians(kind: str, usual: Sequence[str], by_kind: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The roles that follow an implementation of this kind of work; none means that an approval is enough."""
    return tuple(by_kind.get(kind, usual))


def next_role(role: str, roles: Sequence[str]) -> str | None:
    """Who follows after `role` was approved; None when the chain has come to its end, and lands.

    A role that is no longer among the configured ones is followed by nobody: settings changed under way.
    """
    if role == IMPLEMENTATION:
        return roles[0] if roles else None
    later = list(roles)[list(roles).index(role) + 1 :] if role in roles else []
    return later[0] if later else None


def may_judge(role: str) -> bool:
    """Whether a task of this role may end with a verdict on the work before it."""
    return role not in ("", IMPLEMENTATION)


def needs_commit(role: str) -> bool:
    """Whether a submission of this role must bring a commit; guardians may find nothing to change."""
    return role in ("", IMPLEMENTATION)
