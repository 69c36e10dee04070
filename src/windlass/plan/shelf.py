"""Where playbooks lie: windlass's own beside this file, the owner's in folders of the data home.

A tended repository has none: what a change must show is not for a change to say.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from windlass.kernel import Invalid
from windlass.plan.playbook import Playbook, Playbooks, parse_playbook

PLAYBOOK_MAX: Final = 32 * 1024
"""Bytes of one playbook."""
FILES_MAX: Final = 100
_SHIPPED: Final = Path(__file__).parent / "playbooks"


def playbooks(folders: Iterable[Path] = ()) -> Playbooks:
    """All playbooks; one in a later folder replaces those of its name and takes its kinds from others."""
    found = {one.name: one for one in _shipped()}
    for folder in folders:
        own = [_read(path, str(path)) for path in _files(folder)]
        _check(own, folder)
        taken = {kind for one in own for kind in one.kinds}
        found = {name: _without(one, taken) for name, one in found.items()}
        found |= {one.name: one for one in own}
    return Playbooks(found)


@cache
def _shipped() -> tuple[Playbook, ...]:
    return tuple(_read(path, "") for path in _files(_SHIPPED))


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.toml"))
    if len(files) > FILES_MAX:
        raise Invalid(f"{folder} holds more than {FILES_MAX} playbooks", hint="take some away")
    return files


def _read(path: Path, origin: str) -> Playbook:
    try:
        content = path.read_bytes()
        text = content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"playbook {path} cannot be read: {error}", hint="it must be a UTF-8 file") from error
    if len(content) > PLAYBOOK_MAX:
        raise Invalid(f"playbook {path} has more than {PLAYBOOK_MAX} bytes", hint="shorten it")
    return parse_playbook(text, path.name, origin)


def _check(own: Iterable[Playbook], folder: Path) -> None:
    own = list(own)
    for what, words in (
        ("name", [one.name for one in own]), ("kind", [kind for one in own for kind in one.kinds]),
    ):  # fmt: skip
        if twice := sorted(word for word, times in Counter(words).items() if times > 1):
            raise Invalid(f"{folder}: two playbooks have the {what} {', '.join(twice)}", hint="change one")


def _without(one: Playbook, taken: set[str]) -> Playbook:
    kinds = tuple(kind for kind in one.kinds if kind not in taken)
    return replace(one, kinds=kinds)
