"""Which public names a change adds, takes away or gives another signature, and whether it says so. Pure.

Read as text, by griffe: nothing of the tended repository is imported. A name is public as griffe understands
it: by `__all__` where a module has one, else by its underscore; private modules and tests have none.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import griffe

from windlass.plan import Demand, Playbook
from windlass.verify.judge import Ruling
from windlass.verify.testcode import on_test_side

LISTED_MAX: Final = 20
SIGNATURE_MAX: Final = 120
"""Characters of a signature that are told."""
DEPTH_MAX: Final = 5
"""Classes inside of classes that are read."""
_WORDS: Final = re.compile(
    r"(docs?|changes|changelog\.d|newsfragments|news)/.*|.*\.(md|rst|adoc)", re.IGNORECASE
)
_NOTES: Final = re.compile(r"(readme|changelog|changes|news|history)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """How a public name is used, and what its docstring says."""

    signature: str
    says: str


def is_words(path: str) -> bool:
    """Whether a file is there to be read by people: documentation, or notes about changes."""
    return bool(_WORDS.fullmatch(path) or _NOTES.fullmatch(posixpath.basename(path)))


def is_face(path: str) -> bool:
    """Whether a file may hold public names."""
    *folders, name = path.split("/")
    parts = folders if name == "__init__.py" else [*folders, name]
    hidden = any(part.startswith(("_", ".")) for part in parts)
    return path.endswith(".py") and not hidden and not on_test_side(path) and name != "setup.py"


def names(path: str, text: str) -> dict[str, Name]:
    """The public names of a module; raises what reading hostile text raises."""
    module = griffe.visit(posixpath.basename(path).removesuffix(".py"), filepath=Path(path), code=text)
    return dict(_public(module, "", 0))


def _public(inside: griffe.Object, prefix: str, depth: int) -> Iterator[tuple[str, Name]]:
    for name, one in inside.members.items():
        if one.is_alias or not one.is_public or depth > DEPTH_MAX:
            continue
        says = one.docstring.value if one.docstring is not None else ""
        yield f"{prefix}{name}", Name(_signature(one, prefix), says)
        if isinstance(one, griffe.Class):
            yield from _public(one, f"{prefix}{name}.", depth + 1)


def _signature(one: griffe.Object | griffe.Alias, prefix: str) -> str:
    if isinstance(one, griffe.Function):
        return f"{prefix}{one.signature()}"
    if isinstance(one, griffe.Class):
        return f"class {prefix}{one.name}({', '.join(str(base) for base in one.bases)})"
    typed = isinstance(one, griffe.Attribute) and one.annotation
    return f"{prefix}{one.name}: {typed}" if typed else f"{prefix}{one.name}"


def undocumented(before: Mapping[str, Name], after: Mapping[str, Name]) -> Iterator[str]:
    """Public names that changed while no docstring did; of a class that came or went only itself."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        outer = name.rpartition(".")[0]
        if outer and (outer in before) is not (outer in after):
            continue
        if new is None and old is not None:
            yield f"{old.signature[:SIGNATURE_MAX]} is gone"
        elif new is not None and old is None and not new.says:
            yield f"{new.signature[:SIGNATURE_MAX]} is new"
        elif new is not None and old is not None and new.signature != old.signature and new.says == old.says:
            yield f"{old.signature[:SIGNATURE_MAX]} became {new.signature[:SIGNATURE_MAX]}"


def ruled(playbook: Playbook, silent: Sequence[str], unknown: str) -> tuple[Ruling, tuple[str, ...]]:
    """What the playbook makes of names that nobody speaks of; `unknown`: why a part could not be read."""
    rest = f", and {len(silent) - LISTED_MAX} more" if silent[LISTED_MAX:] else ""
    told = (
        f"docs: the public face changed and no docstring, documentation or changelog says so:"
        f" {'; '.join(silent[:LISTED_MAX])}{rest} (playbook {playbook.name})",
    )
    words = told if silent else ()
    lost = (f"docs: {unknown} (playbook {playbook.name})",) if unknown else ()
    strict = playbook.docs in (Demand.ASK, Demand.REFUSE)
    return Ruling(
        new=words if playbook.docs is Demand.REFUSE else (), unknown=lost if strict else (),
        known=words if playbook.docs is Demand.NOTE else (),
    ), words if playbook.docs is Demand.ASK else ()  # fmt: skip
