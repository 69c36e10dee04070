"""Which tests a project's own options keep out of its runs by a marker, and in which tier they run. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

NAMES: Final[Mapping[int, str]] = {2: "deselected-tests", 3: "weekly-tests"}
"""What the run of them is called in each tier that has one."""
WEEKLY: Final = frozenset({"load", "chaos", "soak", "stress", "weekly"})
"""Markers of tests that are too long for a night."""
SELECTION_MAX: Final = 1_000
"""Characters of a selection; a longer one is not turned round."""
_NAME: Final = re.compile(r"[^\W\d][\w.:+-]*")
_WORDS: Final = frozenset({"and", "or", "not", "True", "False", "None"})
MARKER: Final = re.compile(r"[A-Za-z_][\w-]{0,63}")
"""What may be left out: a name that says nothing else in a selection."""


def selection(words: Sequence[str]) -> str:
    """What the last `-m` of some options selects; empty where none does, or nobody can read it."""
    found = ""
    for word, following in zip(words, [*words, ""][1:], strict=True):
        if word == "-m":
            found = following
        elif word.startswith("-m"):
            found = word[2:].removeprefix("=")
    found = found.strip()
    return found if len(found) <= SELECTION_MAX and _balanced(found) else ""


def deselected(words: Sequence[str], tier: int) -> str:
    """What selects the tests that these options keep out, as far as they are for a tier; empty where none
    is. Those of a marker of `WEEKLY` are for tier 3, the others for tier 2.
    """
    kept = selection(words)
    names = [name for name in dict.fromkeys(_NAME.findall(kept)) if name not in _WORDS]
    late = " or ".join(name for name in names if name in WEEKLY)
    if tier == 3:
        return f"not ({kept}) and ({late})" if late else ""
    if tier != 2 or set(names) <= WEEKLY:
        return ""
    return f"not ({kept}) and not ({late})" if late else f"not ({kept})"


def without(selected: str, markers: Sequence[str]) -> str:
    """The same without tests of some markers."""
    named = [marker for marker in markers if MARKER.fullmatch(marker)]
    return f"({selected}) and not ({' or '.join(named)})" if named else selected


def _balanced(text: str) -> bool:
    """Whether it can stand in brackets and stay one thing."""
    depth = 0
    for sign in text:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0
