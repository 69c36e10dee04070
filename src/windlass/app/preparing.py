"""`init`: look at a repository, keep the proposed settings."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from windlass.app import importing as importing
from windlass.app import pipeline as pipeline
from windlass.app.config import load, read_file, user_file
from windlass.app.config_sections import Forge
from windlass.app.detect import Detected, detect
from windlass.app.detect_reading import wanted
from windlass.app.doctor import Finding, Patient, examine
from windlass.app.forging import forge_of
from windlass.app.home import Home
from windlass.app.proposal import proposal
from windlass.app.wiring import (
    SETTINGS_FILE,
    SETTINGS_MAX,
    Wish,
    mirror_of,
    settings_of,
    settings_place,
)
from windlass.kernel import Conflict, Invalid, Unavailable, WindlassError, system_clock
from windlass.workspace import Checkout, Mirror


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was detected, the text proposed, and where it was written (None: nowhere)."""

    checkout: Checkout
    detected: Detected
    text: str
    written: Path | None


def prepare(
    repo: Path, env: Mapping[str, str], *, write: bool, dry_run: bool, remote: str = ""
) -> Prepared:
    """Propose windlass.toml; keep it in the data home, or in the checkout when a person asks for that.

    An existing file is never overwritten. `remote`: where it lands instead of here; that it can is tried.
    """
    if remote and write:
        raise Invalid("--remote is the owner's to say, not the repository's", hint="leave out --write")
    checkout = Checkout.open(repo)
    home = Home.open(env)
    mirror = mirror_of(home, checkout)
    detected = look(mirror, mirror.tree_of(mirror.sync(checkout)))
    if forge := forge_of(Forge(remote=remote), checkout):
        forge.rehearse(mirror, f"refs/heads/{checkout.main}")
    text = proposal(detected, name=checkout.path.name, main=checkout.main, remote=remote)
    place = checkout.path / SETTINGS_FILE if write else settings_place(home, checkout.path)
    if dry_run:
        return Prepared(checkout, detected, text, None)
    try:
        with open(place, "x") as file:
            file.write(text)
    except FileExistsError:
        if _says(place) == text:
            return Prepared(checkout, detected, text, place)
        raise Conflict(
            f"{place} is there already and says something else",
            hint="edit it, or compare with: windlass init --dry-run",
        ) from None
    except OSError as error:
        raise Unavailable(
            f"{place} cannot be written: {error.strerror}",
            hint="make that folder writable and free some space",
        ) from error
    return Prepared(checkout, detected, text, place)


def _says(place: Path) -> str | None:
    """What a settings file says; None for a link and for what cannot be read."""
    try:
        return None if place.is_symlink() else place.read_text(errors="replace")
    except OSError:
        return None


def look(mirror: Mirror, tree: str) -> Detected:
    """Detect a tree's tools from its paths and a few small files."""
    entries = mirror.files(tree)
    paths = [entry.path for entry in entries]
    oids = {entry.path: entry.oid for entry in entries}
    small = wanted(paths)
    content = dict(mirror.blobs({oids[path] for path in small}, SETTINGS_MAX))
    found = {path: text for path in small if (text := content.get(oids[path])) is not None}
    return detect(paths, found)


def diagnose(repo: Path | None, env: Mapping[str, str]) -> tuple[Finding, ...]:
    """`doctor`: everything about this machine, and about the repository where there is one."""
    loaded = load(env, user=read_file(user_file(env)))
    try:
        checkout = Checkout.open(repo or Path.cwd())
    except WindlassError as error:
        if repo is not None and not isinstance(error, Unavailable) and shutil.which("git"):
            raise
        # Without git nothing can be said of the repository, and the fix for git is among the findings.
        return examine(Patient(env, loaded.config, system_clock, repo))
    home = Home.open(env)
    mirror = mirror_of(home, checkout)
    detected = look(mirror, mirror.tree_of(mirror.sync(checkout)))
    settings = settings_of(home, checkout, mirror, Wish(repo=checkout.path), env)
    return examine(Patient(env, settings.config, system_clock, checkout.path, detected, mirror))
