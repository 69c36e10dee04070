"""Which of ruff's findings are a change's own. Pure."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MESSAGE_MAX: Final = 120
"""Signs of a message that tell it from others."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that ruff says of a line, from 1."""

    path: str
    rule: str
    row: int
    message: str

    @property
    def key(self) -> str:
        """As the gate counts it."""
        return f"{self.path}|{self.rule}"


def findings(report: bytes, root: str) -> list[Finding]:
    """What a report tells of lines. Raises ValueError, KeyError or TypeError where it is none."""
    return [
        Finding(
            str(one["filename"]).removeprefix(root.rstrip("/") + "/"), str(one["code"] or "invalid-syntax"),
            int(one["location"]["row"]), str(one["message"])[:MESSAGE_MAX],
        )
        for one in json.loads(report) if one["location"]
    ]  # fmt: skip


def own(
    now: Sequence[Finding], before: Sequence[Finding], added: Mapping[str, Collection[int]],
    was: Mapping[str, str],
) -> list[Finding]:  # fmt: skip
    """Those on lines that the change adds, and of the others those that the base says less often: what the
    last use of a name went away from. `was`: the base's paths of files.
    """
    here = [one for one in now if one.row in added.get(one.path, ())]
    rest = [one for one in now if one.row not in added.get(one.path, ())]
    known = Counter((one.path, one.rule, one.message) for one in before)
    for one in rest:
        said = (was.get(one.path, one.path), one.rule, one.message)
        known[said] -= 1
        if known[said] < 0:
            here.append(one)
    return here
