"""The Python environment a project's checks run in: resolved and unpacked by uv once per set of requirements.

Built beside its place and renamed when complete, so that kill -9 leaves nothing half made; read-only
afterwards.
"""

import fcntl
import hashlib
import json
import os
import platform
import re
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from windlass.kernel import Unavailable
from windlass.verify.installer import Installer, unreachable
from windlass.verify.requirements import Source, Wanted

LAYOUT: Final = 1
"""Grows when environments are built differently, so that old ones are not taken for new."""
TRIES_MAX: Final = 60
"""Resolutions tried one by one when all requirements together have no answer."""
BUILDING: Final = ".building-"
MANIFEST: Final = "windlass.json"
ALWAYS: Final = ("pytest",)
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Environment:
    """A place with a Python and packages. `missing`: requirements that have no wheel here. `problem`: why
    there is none at all.
    """

    python: str
    packages: Mapping[str, str]
    missing: tuple[str, ...] = ()
    problem: str = ""
    folder: str = ""

    def identity(self) -> dict[str, object]:
        """What a reading depends on: the interpreter, the machine and every installed package. A folder is
        named after what it was made from, wherever it lies.
        """
        own = platform.python_version() if self.python == base_python() else self.python
        return {
            "python": Path(self.folder).name or own,
            "platform": platform.platform(terse=True), "machine": platform.machine(),
            "packages": dict(self.packages),
            "problem": bool(self.problem),
        }  # fmt: skip


def base_python(wish: str = "") -> str:
    """The interpreter environments are made from: a path, a version (`3.12`), or windlass's own base."""
    if wish.startswith("/"):
        return wish
    if wish:
        found = shutil.which(wish if wish.startswith("python") else f"python{wish}")
        if found is None:
            raise Unavailable(f"no Python {wish!r} on this machine", hint="set [verify] python to a path")
        return os.path.realpath(found)
    own: str = getattr(sys, "_base_executable", sys.executable)
    return os.path.realpath(own)


def prepare(
    folder: Path, installer: Installer, wanted: Wanted, *, python: str, requires_python: str = ""
) -> Environment:
    """The environment for these requirements: an existing one, else a new one; without an index and a cache,
    the problem.
    """
    if problem := _unfit(python, requires_python):
        return Environment(python, {}, (), problem)
    place = folder / _key(wanted, python)
    if (place / MANIFEST).is_file():
        return _load(place, installer)
    with building(folder) as made:
        lines, missing, problem = _resolve(installer, wanted, python)
        if problem:
            return Environment(python, {}, (), problem)
        problem = _install(installer, made, lines, python)
        if problem:
            return Environment(python, {}, (), problem)
        packages = {name.lower(): number for name, number in _PINNED.findall("\n".join(lines))}
        manifest = {"packages": packages, "missing": [*wanted.unusable, *missing], "python": python}
        (made / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        try:
            os.rename(made, place)
        except OSError:
            if not (
                place / MANIFEST
            ).is_file():  # Else somebody built the same meanwhile, and theirs is as good.
                raise
    return _load(place, installer)


def shared(folder: Path) -> Path:
    """The folder, if it is ours alone: data homes may share it, people may not, since what lies in it judges
    what lands.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise Unavailable(
            f"others can write to the environments in {str(folder)!r}",
            hint="set [verify] environments to a folder that only you can write to",
        )
    return folder


def sweep(folder: Path) -> int:
    """Delete builds whose maker is dead; how many."""
    gone = 0
    for path in folder.glob(f"{BUILDING}*"):
        with _locked(path) as mine:
            if mine:
                shutil.rmtree(path, ignore_errors=True)
                gone += 1
    return gone


def _unfit(python: str, requires_python: str) -> str:
    if not requires_python or python != base_python():
        return ""
    try:
        fits = SpecifierSet(requires_python).contains(platform.python_version(), prereleases=True)
    except InvalidSpecifier:
        return ""
    return "" if fits else (
        f"it needs Python {requires_python}, this is {platform.python_version()} (set [verify] python)"
    )  # fmt: skip


def _key(wanted: Wanted, python: str) -> str:
    what = [
        LAYOUT,
        python,
        sys.version,
        platform.platform(),
        version("uv"),
        ALWAYS,
        [asdict(s) for s in wanted.sources],
    ]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:32]


def _load(place: Path, installer: Installer) -> Environment:
    installer.compile(str(place / "bin" / "python"), place / "lib")
    manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    return Environment(
        str(place / "bin" / "python"), manifest["packages"], tuple(manifest["missing"]), "", str(place)
    )


def _resolve(installer: Installer, wanted: Wanted, python: str) -> tuple[list[str], list[str], str]:
    """(pinned lines, requirements that have no answer, problem). All at once first; else what resolves,
    source by source.
    """
    lines = [line for source in wanted.sources for line in source.lines]
    pinned, said = _compile(installer, [*ALWAYS, *lines], _narrowing(wanted.sources), python)
    if pinned:
        return pinned, [], ""
    if unreachable(said):
        return (
            [],
            [],
            f"the package index cannot be reached: {_last(said)} (check the network or UV_DEFAULT_INDEX)",
        )
    accepted, missing, tries = list(ALWAYS), list[str](), TRIES_MAX
    pinned, said = _compile(installer, accepted, (), python)
    for source in wanted.sources:
        for part in (source.lines, *((line,) for line in source.lines)):
            if tries == 0 or set(part) <= set(accepted):
                continue
            tries -= 1
            better, _ = _compile(installer, [*accepted, *part], source.constraints, python)
            if better:
                accepted, pinned = [*accepted, *part], better
    missing = [line for line in dict.fromkeys(lines) if line not in accepted]
    return pinned, missing, "" if pinned else f"no installable set of requirements: {_last(said)}"


def _narrowing(sources: Sequence[Source]) -> tuple[str, ...]:
    return tuple(line for source in sources for line in source.constraints)


def _compile(
    installer: Installer, lines: Sequence[str], narrow: Sequence[str], python: str
) -> tuple[list[str], str]:
    """Pin a set; an empty list when it has no answer, with what uv said. Offline, what the cache knows must
    do.
    """
    argv = [
        "pip",
        "compile",
        "-",
        "--only-binary",
        ":all:",
        "--python",
        python,
        "--no-header",
        "--no-annotate",
        "-q",
    ]
    constraints = installer.home / f"constraints-{secrets.token_hex(4)}.txt"
    if narrow:
        installer.home.mkdir(parents=True, exist_ok=True)
        constraints.write_text("\n".join(narrow), encoding="utf-8")
        argv += ["--constraint", str(constraints)]
    try:
        code, out, said = installer.uv(argv, stdin="\n".join(lines))
        if code != 0 and unreachable(said):
            code, out, _ = installer.uv(argv, stdin="\n".join(lines), offline=True)
    finally:
        constraints.unlink(missing_ok=True)
    return ([line for line in out.splitlines() if line.strip()] if code == 0 else []), said


def _install(installer: Installer, made: Path, lines: Sequence[str], python: str) -> str:
    """Make the virtual environment and unpack into it: nothing is resolved again and nothing is built."""
    code, _, said = installer.uv(
        ["venv", "--relocatable", "--no-project", "--allow-existing", "--python", python, str(made)]
    )
    if code != 0:
        return f"no virtual environment: {_last(said)}"
    argv = [
        "pip",
        "install",
        "--python",
        str(made / "bin" / "python"),
        "--no-deps",
        "--only-binary",
        ":all:",
        "-r",
        "-",
    ]
    code, _, said = installer.uv(argv, stdin="\n".join(lines))
    if code != 0 and unreachable(said):
        code, _, said = installer.uv(argv, stdin="\n".join(lines), offline=True)
    return "" if code == 0 else f"packages cannot be installed: {_last(said)}"


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """A folder for one build, gone afterwards unless it was renamed; locked, so that `sweep` knows the
    living.
    """
    path = folder / f"{BUILDING}{secrets.token_hex(8)}"
    path.mkdir(parents=True)
    with _locked(path):
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(handle)


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("hint")]
    return " ".join(lines)[:400] if lines else "uv said nothing"
