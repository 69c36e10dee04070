"""Git hooks of a user's repository that call windlass; a hook that is there already runs first.

They lie where git looks for them, which is one place for all linked worktrees. One hook is one small file
that says it is ours; what was there before is kept beside it under another name and put back on removal.
"""

import os
import shlex
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from windlass.kernel import Conflict, Unavailable
from windlass.workspace import Checkout

HOOKS: Final = {"pre-commit": 0, "pre-push": 1}
"""Each hook and the tier that it asks for."""
BEFORE: Final = ".before-windlass"
MARK: Final = "# Installed by `windlass hooks install`; `windlass hooks remove` takes it away."
HEAD_MAX: Final = 4096
_TEXT: Final = """#!/bin/sh
{mark}
set -eu
given=.
[ -t 0 ] || given=$(cat; echo .)
first="$0{before}"
if [ -x "$first" ]; then printf '%s' "${{given%.}}" | "$first" "$@" || exit $?; fi
if [ ! -x {program} ]; then
    echo "{name}: there is no windlass at {told} any more; remove $0, or install windlass again" >&2
    exit 69
fi
printf '%s' "${{given%.}}" | {program} hooks run {name}
"""


class Standing(Enum):
    ABSENT = "absent"
    INSTALLED = "installed"
    CHAINED = "installed, after yours"
    THEIRS = "yours alone"


@dataclass(frozen=True, slots=True)
class Hook:
    """One hook as it stands, and the tier that windlass would judge there."""

    name: str
    path: Path
    tier: int
    standing: Standing


def status(checkout: Checkout) -> list[Hook]:
    """Every hook that windlass offers, as it stands."""
    folder = checkout.hooks()
    return [Hook(name, folder / name, tier, _standing(folder / name)) for name, tier in HOOKS.items()]


def install(checkout: Checkout, program: Path) -> list[Hook]:
    """Write the hooks; one of the user's is moved aside and still called. Doing it twice changes nothing."""
    folder = _folder(checkout)
    for hook in status(checkout):
        aside = hook.path.with_name(hook.name + BEFORE)
        if hook.standing is Standing.THEIRS:
            if os.path.lexists(aside):
                raise Conflict(f"{aside} is in the way", hint="look what it is, then move or delete it")
            hook.path.rename(aside)
        text = _TEXT.format(
            mark=MARK, before=BEFORE, program=shlex.quote(str(program)), told=str(program), name=hook.name
        )
        try:
            folder.mkdir(exist_ok=True)
            fresh = hook.path.with_name(f"{hook.name}.windlass-new")
            fresh.write_text(text)
            fresh.chmod(0o755)
            fresh.replace(hook.path)
        except OSError as error:
            with suppress(OSError):
                aside.rename(hook.path)
            hint = "make that folder writable"
            raise Unavailable(f"{hook.path} cannot be written: {error.strerror}", hint=hint) from error
    return status(checkout)


def remove(checkout: Checkout) -> list[Hook]:
    """Take away the hooks that are ours, and put back what was there before."""
    for hook in status(checkout):
        if hook.standing in (Standing.INSTALLED, Standing.CHAINED):
            hook.path.unlink()
            aside = hook.path.with_name(hook.name + BEFORE)
            if os.path.lexists(aside):
                aside.rename(hook.path)
    return status(checkout)


def _folder(checkout: Checkout) -> Path:
    """Where the hooks go; not into the user's files, which are theirs to commit."""
    folder = checkout.hooks()
    inside = folder.resolve().is_relative_to(checkout.path.resolve())
    if inside and not folder.resolve().is_relative_to(checkout.git_dir.resolve()):
        calls = " and ".join(f"`windlass hooks run {name}`" for name in HOOKS)
        raise Conflict(
            f"core.hooksPath names {folder}, which is among the files of the repository",
            hint=f"call {calls} from your hooks there",
        )
    return folder


def _standing(path: Path) -> Standing:
    if not os.path.lexists(path):
        return Standing.ABSENT
    try:
        with path.open("rb") as file:
            ours = MARK.encode() in file.read(HEAD_MAX)
    except OSError:
        ours = False
    if not ours:
        return Standing.THEIRS
    before = os.path.lexists(path.with_name(path.name + BEFORE))
    return Standing.CHAINED if before else Standing.INSTALLED
