"""What a licence says, and whether an owner allows it. Pure.

Licences are SPDX expressions: as a distribution states them (PEP 639), or by its classifiers where those mean
exactly one, or one of a few, of which all must then agree. Unknown is a value.
"""

from collections.abc import Collection, Mapping
from itertools import product
from typing import Any, Final

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

TEXT_MAX: Final = 200
"""Characters of a licence field that are taken for an expression; longer ones are the licence itself."""
NAMES_MAX: Final = 3
"""Classifiers of one distribution; who has more says nothing certain."""
CLASSIFIERS: Final[Mapping[str, tuple[str, ...]]] = {
    "MIT License": ("MIT",), "MIT No Attribution License (MIT-0)": ("MIT-0",),
    "ISC License (ISCL)": ("ISC",), "Mozilla Public License 2.0 (MPL 2.0)": ("MPL-2.0",),
    "Apache Software License": ("Apache-1.1", "Apache-2.0"),
    "BSD License": ("0BSD", "BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause"),
    "Python Software Foundation License": ("PSF-2.0", "Python-2.0"),
    "The Unlicense (Unlicense)": ("Unlicense",), "zlib/libpng License": ("Zlib",),
    "GNU General Public License v2 (GPLv2)": ("GPL-2.0-only",),
    "GNU General Public License v2 or later (GPLv2+)": ("GPL-2.0-or-later",),
    "GNU General Public License v3 (GPLv3)": ("GPL-3.0-only",),
    "GNU General Public License v3 or later (GPLv3+)": ("GPL-3.0-or-later",),
    "GNU Affero General Public License v3": ("AGPL-3.0-only",),
    "GNU Affero General Public License v3 or later (AGPLv3+)": ("AGPL-3.0-or-later",),
    "GNU Lesser General Public License v3 (LGPLv3)": ("LGPL-3.0-only",),
    "GNU Lesser General Public License v3 or later (LGPLv3+)": ("LGPL-3.0-or-later",),
}  # fmt: skip
"""What classifiers of PyPI may mean, after the table in PEP 639; those not here say nothing certain."""


def expressions(told: Mapping[str, Any]) -> tuple[str, ...]:
    """What a distribution's metadata may mean: one expression, several of which one holds, or none."""
    for text in (told.get("expression"), told.get("license")):
        if isinstance(text, str) and 0 < len(text) <= TEXT_MAX:
            try:
                return (str(canonicalize_license_expression(text)),)
            except InvalidLicenseExpression:
                continue
    names = [str(one).rpartition(" :: ")[2] for one in told.get("classifiers") or ()]
    meant = [CLASSIFIERS.get(one, ()) for one in names]
    if not all(meant) or not 0 < len(meant) <= NAMES_MAX:
        return ()
    # Several classifiers do not say whether one of them is enough.
    pairs = {(word.join(one)) for one in product(*meant) for word in (" AND ", " OR ")}
    return tuple(sorted(pairs))


def allows(expression: str, allow: Collection[str], deny: Collection[str]) -> bool | None:
    """Whether an owner's lists allow an expression; None where a reference to some other text decides.

    Of several licences joined by OR one is enough, of those joined by AND all are needed. An empty `allow`
    allows whatever is not denied.
    """
    words = expression.replace("(", " ( ").replace(")", " ) ").split()
    found, rest = _either(words, {one.lower() for one in allow}, {one.lower() for one in deny})
    return None if rest else found


def agreed(meanings: Collection[str], allow: Collection[str], deny: Collection[str]) -> bool | None:
    """The same for several meanings: known only where all come to one."""
    told = {allows(one, allow, deny) for one in meanings}
    return told.pop() if len(told) == 1 else None


_Rest = tuple[bool | None, list[str]]


def _either(words: list[str], allow: Collection[str], deny: Collection[str]) -> _Rest:
    found, rest = _all(words, allow, deny)
    while rest and rest[0] == "OR":
        other, rest = _all(rest[1:], allow, deny)
        found = True if True in (found, other) else None if None in (found, other) else False
    return found, rest


def _all(words: list[str], allow: Collection[str], deny: Collection[str]) -> _Rest:
    found, rest = _one(words, allow, deny)
    while rest and rest[0] == "AND":
        other, rest = _one(rest[1:], allow, deny)
        found = False if False in (found, other) else None if None in (found, other) else True
    return found, rest


def _one(words: list[str], allow: Collection[str], deny: Collection[str]) -> _Rest:
    if not words or words[0] in (")", "AND", "OR", "WITH"):
        return None, words[1:]
    if words[0] == "(":
        found, rest = _either(words[1:], allow, deny)
        return found, rest[1:]
    size = 3 if words[1:2] == ["WITH"] else 1
    named = " ".join(words[:size]).lower()
    if named in deny or (size == 3 and words[0].lower() in deny):
        return False, words[size:]
    if named in allow:
        return True, words[size:]
    if named.startswith("licenseref-"):
        return None, words[size:]
    return not allow, words[size:]
