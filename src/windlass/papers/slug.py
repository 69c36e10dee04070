"""The anchors that GitHub, and other renderers where a tree is theirs, give to headings. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

_KEPT: Final = ("L", "M", "Nd", "Nl", "Pc")
_EMOJI: Final = re.compile(r":[a-z0-9_+-]+:")


def slug(text: str) -> str:
    """Lower case; letters, marks, digits, connectors and hyphens stay, a blank becomes a hyphen."""
    kept = (
        "-" if one == " " else one for one in text.strip().lower()
        if one in " -" or unicodedata.category(one).startswith(_KEPT)
    )  # fmt: skip
    return "".join(kept)


def anchors(headings: Iterable[str]) -> Iterator[str]:
    """The anchor of each heading in its order; one that is there already gets a number."""
    there = dict[str, int]()
    for text in headings:
        made = first = slug(text)
        while made in there:
            there[first] += 1
            made = f"{first}-{there[first]}"
        there[made] = 0
        yield made
        if _EMOJI.search(text):
            yield slug(_EMOJI.sub("", text))


def of_sites(headings: Iterable[str]) -> Iterator[str]:
    """The same as Python-Markdown makes them, and docutils: hyphens in a row are one."""
    there = dict[str, int]()
    for text in headings:
        for made in {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text).strip().lower()), docutils(text)}:
            count = there[made] = there.get(made, -1) + 1
            yield made if not count else f"{made}_{count}"


def docutils(text: str) -> str:
    """Everything that is no letter or digit of ASCII is a hyphen, none at the ends."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
