"""The packages a Node project's checks find in `node_modules`: made by npm once for a lock and kept.

We download what the lock names and hold it against its digests; npm unpacks it in the sandbox, without a
network and without running a script, from a manifest and a lock alone: no `.npmrc` of a repository is there.
"""

import hashlib
import json
import os
import platform
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from windlass import languages
from windlass.kernel import Unavailable
from windlass.sandbox import Launcher, Limits, Mount, Order, prepare_writable
from windlass.verify.environment import MANIFEST, building
from windlass.verify.registry import download, registry_of

LAYOUT: Final = 1
"""Grows when they are made differently, so that old ones are not taken for new."""
CACHE: Final = ".npm"
PREFIX: Final = "node-"
INSTALL_S: Final = 900.0
ASK_S: Final = 60.0
SAID_MAX: Final = 600
MANIFEST_MAX: Final = 1024 * 1024
FOLDERS_MAX: Final = 1_000
"""Folders of one repository that are packages."""
_CPUS: Final = {"x86_64": "x64", "aarch64": "arm64", "armv7l": "arm", "i686": "ia32"}
_KEPT: Final = (
    "name", "version", "bin", "dependencies", "devDependencies", "optionalDependencies", "peerDependencies",
    "peerDependenciesMeta", "bundleDependencies", "bundledDependencies", "overrides", "workspaces",
)  # fmt: skip
"""What of a package.json says which packages there are; a new script is no reason to install anew."""
_OPTIONS: Final = (
    "ci", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier",
    "--logs-max=0", "--loglevel=error", "--no-color",
)  # fmt: skip

_DEFAULTS: Final[dict[str, str]] = {}
"""By the path of npm."""
_UNSYNCED: Final = " (the lock lacks what package.json asks for: run `npm install` and commit both)"


class Tree(Protocol):
    """What is asked of a tree; `facts.Facts` is one."""

    @property
    def files(self) -> frozenset[str]: ...
    @property
    def contents(self) -> Callable[[Sequence[str], int], Iterable[tuple[str, bytes]]]: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """`folder`: of environments. `environ`: it names the owner's registry. `hosts`: whom the owner trusts
    beside it.
    """

    folder: Path
    environ: Mapping[str, str]
    hosts: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Packages:
    """`folder`: where they lie; None where there are none. `roots`: the folders of the repository that may
    have a `node_modules`. `problem`: why there are none; `outside`: it says nothing about the tree.
    """

    folder: Path | None = None
    roots: tuple[str, ...] = ()
    problem: str = ""
    outside: bool = False

    @property
    def identity(self) -> dict[str, object]:
        """What a reading depends on: the folder is named after what it was made from, wherever it lies."""
        if self.folder is None and not self.problem:
            return {}
        return {"node_modules": self.folder.parent.name if self.folder else "", "unfit": bool(self.problem)}

    @property
    def shown(self) -> Iterator[tuple[Path, str]]:
        """Each `node_modules` there may be, and where in the tree it belongs."""
        if (top := self.folder) is not None:
            for root in self.roots:
                yield top / root / languages.lockfile.MODULES, os.path.join(root, languages.lockfile.MODULES)

    @property
    def document(self) -> list[list[str]]:
        """The same, as an order tells it."""
        return [[str(source), target] for source, target in self.shown]


def packages_of(tree: Tree, launcher: Launcher, tools: languages.Toolchain, wish: Wish) -> Packages:
    """The packages of a tree: those made earlier, else new ones; none where it has no lock at its top, or
    brings its own. Raises Unavailable where they cannot be had.
    """
    name = languages.lockfile.lock_of(tree.files)
    committed = any(path.startswith(f"{languages.lockfile.MODULES}/") for path in tree.files)
    if not name or committed or "package.json" not in tree.files:
        return Packages()
    if missing := [program for program in ("node", "npm") if program not in tools.programs]:
        why = f"{missing[0]} is not on this machine, and packages are installed by npm"
        return Packages(problem=why, outside=True)
    cpu = _CPUS.get(platform.machine(), platform.machine())
    default = _default(launcher, tools)
    registry = registry_of(wish.environ, default)
    try:
        text = dict(tree.contents([name], languages.lockfile.FILE_MAX)).get(name, b"")
        locked = languages.lockfile.parse_lock(text, registry, default=default, hosts=wish.hosts, cpu=cpu)
        manifests = _manifests(tree, locked.folders)
    except languages.lockfile.BadLock as error:
        return Packages(problem=str(error))
    if not locked.tarballs:
        return Packages()
    place = wish.folder / f"{PREFIX}{_key(text, manifests, tools)}"
    roots = ("", *locked.folders)
    if not (place / MANIFEST).is_file():
        said = _made(place, locked, manifests, launcher, tools)
        if said:
            return Packages(problem=said)
    return Packages(place / "tree", roots)


def _manifests(tree: Tree, folders: Sequence[str]) -> dict[str, str]:
    """What each package.json says of packages, by path."""
    if len(folders) > FOLDERS_MAX:
        raise languages.lockfile.BadLock(f"{len(folders)} workspaces are more than {FOLDERS_MAX}")
    paths = [os.path.join(folder, "package.json") for folder in ("", *folders)]
    there = [path for path in paths if path in tree.files]
    found = {}
    for path, content in tree.contents(there, MANIFEST_MAX):
        try:
            told = json.loads(content)
            found[path] = json.dumps({key: told[key] for key in _KEPT if key in told}, sort_keys=True)
        except (ValueError, TypeError, RecursionError) as error:
            raise languages.lockfile.BadLock(f"{path} cannot be read: {type(error).__name__}") from error
    if lost := [path for path in paths if path not in found]:
        why = f"the lock names {lost[0][:200]!r}, which is not a readable file of this tree"
        raise languages.lockfile.BadLock(why)
    return found


def _key(lock: bytes, manifests: Mapping[str, str], tools: languages.Toolchain) -> str:
    """The lock, the manifests, the system and the builds of node and npm."""
    own = [tools.identity[tools.programs[name]] for name in ("node", "npm")]
    what: list[Any] = [LAYOUT, platform.platform(), own, hashlib.sha256(lock).hexdigest(), dict(manifests)]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]


def _made(
    place: Path, locked: languages.lockfile.Locked, manifests: Mapping[str, str], launcher: Launcher,
    tools: languages.Toolchain,
) -> str:  # fmt: skip
    """Download, have npm unpack in the sandbox, and rename: why it failed, in npm's words, or empty."""
    cache = place.parent / CACHE
    cache.mkdir(mode=0o755, parents=True, exist_ok=True)
    download(cache, locked.tarballs)
    with building(place.parent) as made:
        tree = made / "tree"
        tree.mkdir()
        tree.joinpath("package-lock.json").write_text(locked.lock, encoding="utf-8")
        for path, text in manifests.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text, encoding="utf-8")
        prepare_writable(tree)
        if said := _unpacked(tree, cache, launcher, tools):
            return said
        (made / MANIFEST).write_text(json.dumps({"packages": len(locked.tarballs)}), encoding="utf-8")
        try:
            os.rename(made, place)
        except OSError:
            if not (place / MANIFEST).is_file():  # Else somebody made the same meanwhile.
                raise
    return ""


def _unpacked(tree: Path, cache: Path, launcher: Launcher, tools: languages.Toolchain) -> str:
    """`npm ci`: nothing it does needs a network, and nothing it unpacks is run."""
    mounts = (Mount(tree, str(tree), writable=True), Mount(cache, str(cache)), *tools.mounts)
    argv = (tools.programs["npm"], *_OPTIONS, "--cache", str(cache))
    done = launcher.run(Order(argv, str(tree), mounts, _env(tools), limits=Limits(wall_s=INSTALL_S)))
    if done.timed_out:
        raise Unavailable(f"npm ci did not end within {INSTALL_S:.0f} s")
    if done.ran.exit_code == 0:
        return ""
    said = (done.ran.stderr or done.ran.stdout).decode("utf-8", "replace")
    lines = [line.strip() for line in said.splitlines() if line.strip() and "logs-max" not in line]
    plain = " | ".join("".join(sign for sign in line if sign.isprintable()) for line in lines)[:SAID_MAX]
    fix = _UNSYNCED if "ENOTCACHED" in plain else ""
    return f"packages cannot be installed, npm ci says: {plain or 'nothing'}{fix}"


def _default(launcher: Launcher, tools: languages.Toolchain) -> str:
    """The registry that npm has where nobody names one; asked once, where no settings are."""
    npm = tools.programs["npm"]
    if npm not in _DEFAULTS:
        argv = (npm, "config", "get", "registry")
        order = Order(argv, "/", tools.mounts, _env(tools), limits=Limits(wall_s=ASK_S))
        told = launcher.run(order).ran.stdout.decode("utf-8", "replace").strip()
        if not told.startswith("https://") or len(told.split()) != 1:
            raise Unavailable(f"npm does not tell its registry, but {told[:80]!r}", hint="reinstall npm")
        _DEFAULTS[npm] = told.rstrip("/")
    return _DEFAULTS[npm]


def _env(tools: languages.Toolchain) -> dict[str, str]:
    return {**tools.env, "PATH": ":".join([*tools.path, "/usr/local/bin:/usr/bin:/bin"])}
