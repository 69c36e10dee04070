"""Files that have a user's CI or Makefile call windlass: made from a template, written only where none is."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Final

from windlass.kernel import Conflict, Invalid, Unavailable
from windlass.workspace import Checkout

KINDS: Final = {
    "github": (".github/workflows/windlass.yml", "ci_github.yml"), "make": ("windlass.mk", "ci_make.mk"),
}  # fmt: skip
"""Where a file of each kind lies in a repository, and its template."""
_PACKAGE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@:/+~=<>!,#\[\]-]*")


def text(kind: str, *, main: str, package: str) -> str:
    """The file. `package`: what pip is to install as windlass; no name is assumed, since whoever takes it on
    an index would be believed.
    """
    template = (files("windlass.app") / KINDS[kind][1]).read_text(encoding="utf-8")
    if "@PACKAGE@" in template and not _PACKAGE.fullmatch(package):
        hint = "--package with a requirement, a URL or a path, as pip takes it"
        told = f"{package!r} does not say" if package else "nothing says"
        raise Invalid(f"{told} where windlass is installed from", hint=hint)
    return template.replace("@MAIN@", json.dumps(main)).replace("@PACKAGE@", json.dumps(package))


def write(checkout: Checkout, kind: str, content: str) -> Path:
    """Put the file into the checkout; one that is there and says something else is a Conflict."""
    place = checkout.path / KINDS[kind][0]
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("x", encoding="utf-8") as file:
            file.write(content)
    except FileExistsError:
        if place.is_symlink() or place.read_text(errors="replace") != content:
            hint = f"compare it with: windlass ci {kind}"
            raise Conflict(f"{place} is there already and says something else", hint=hint) from None
    except OSError as error:
        hint = "make that folder writable"
        raise Unavailable(f"{place} cannot be written: {error.strerror}", hint=hint) from error
    return place
