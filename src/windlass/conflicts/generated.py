"""Files that a tool makes: what the settings say of them, and which are lock files by their name. Pure."""

import posixpath
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, Final

from windlass.kernel import Invalid

ENTRIES_MAX: Final = 50
NAME: Final = r"[a-z0-9][a-z0-9_-]{0,63}"
LIMIT_S: Final = 120.0
LIMIT_MAX_S: Final = 3600.0
LOCKS: Final = {
    "uv.lock": "uv lock --offline",
    "poetry.lock": "poetry lock",
    "pdm.lock": "pdm lock",
    "Pipfile.lock": "pipenv lock",
    "requirements.lock": "uv pip compile --offline requirements.in -o requirements.lock",
    "package-lock.json": "npm install --package-lock-only --offline",
    "npm-shrinkwrap.json": "npm install --package-lock-only --offline",
    "yarn.lock": "yarn install --mode update-lockfile",
    "pnpm-lock.yaml": "pnpm install --lockfile-only --offline",
    "Cargo.lock": "cargo generate-lockfile --offline",
    "go.sum": "go mod tidy",
    "Gemfile.lock": "bundle lock --local",
    "composer.lock": "composer update --lock",
    "flake.lock": "nix flake lock",
}
"""Lock files by name, each with a command that makes one. None of them is run unless the settings say so:
in the sandbox there is no network, and whether what they need is at hand only the owner knows.
"""


@dataclass(frozen=True, slots=True)
class Generated:
    """One entry of `[[conflicts.generated]]`: `command` makes the files at `paths`, in `limit_s` seconds at
    most. `*` in a path stands for anything, slashes too; a folder stands for all that is in it.
    """

    name: str
    paths: tuple[str, ...]
    command: str
    limit_s: float = LIMIT_S

    def makes(self, path: str) -> bool:
        return any(fnmatchcase(path, one) or path.startswith(one.rstrip("/") + "/") for one in self.paths)


KEYS: Final = tuple(one.name for one in fields(Generated))


def parse_generated(table: Mapping[str, Any]) -> tuple[Generated, ...]:
    """The entries of the room's settings. Raises Invalid that names the entry and the key."""
    found = tuple(parse_entry(entry) for entry in table.get("generated", ()))
    if len(found) > ENTRIES_MAX:
        raise Invalid(f"[conflicts] has more than {ENTRIES_MAX} entries", hint="name several paths in one")
    return found


def parse_entry(entry: Mapping[str, Any]) -> Generated:
    """One entry. Raises Invalid."""
    name = entry.get("name")
    if not isinstance(name, str) or not re.fullmatch(NAME, name):
        raise Invalid(f"{name!r} is no name of generated files", hint="small letters, digits, - and _")
    if wrong := sorted({*entry} - {*KEYS}):
        raise Invalid(f"{name!r} has unknown keys {wrong}", hint="known: name, paths, command, limit")
    paths = entry.get("paths")
    sound = isinstance(paths, list | tuple) and paths and all(isinstance(one, str) for one in paths)
    if not sound or any(not one or one.startswith("/") or ".." in one.split("/") for one in paths or ()):
        raise Invalid(f"{name!r} needs paths inside the repository", hint='for example paths = ["uv.lock"]')
    limit_s = entry.get("limit_s", LIMIT_S)
    if not isinstance(limit_s, int | float) or not 1 <= limit_s <= LIMIT_MAX_S:
        raise Invalid(f"{name!r}: limit must be between 1s and {LIMIT_MAX_S:.0f}s")
    return Generated(name, tuple(paths or ()), _command(name, entry.get("command")), float(limit_s))


def generated_table(entries: Iterable[Generated]) -> dict[str, list[dict[str, object]]]:
    """The settings as `parse_generated` takes them."""
    return {"generated": [asdict(one) for one in entries]}


def maker(entries: Iterable[Generated], path: str) -> Generated | None:
    """The first entry that makes a path."""
    return next((one for one in entries if one.makes(path)), None)


def is_lock(path: str) -> bool:
    name = posixpath.basename(path)
    return name in LOCKS or name.endswith(".lock")


def advice(path: str) -> str:
    """What the owner can do so that a lock file's conflict is settled."""
    known = LOCKS.get(posixpath.basename(path))
    example = f", for example {known!r}" if known else ""
    return (
        f"a lock file that no command is known to make: name one under [[conflicts.generated]]{example};"
        " it runs in the sandbox, without a network"
    )


def _command(name: str, command: object) -> str:
    try:
        if isinstance(command, str) and shlex.split(command):
            return command
    except ValueError as error:
        raise Invalid(f"{name!r}: {command!r} is no command line: {str(error).lower()}") from error
    raise Invalid(f"{name!r} needs a command", hint='for example command = "python scripts/gen.py"')
