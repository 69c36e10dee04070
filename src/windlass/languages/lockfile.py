"""Which packages a `package-lock.json` names, and from where they may come. Pure; the file is hostile.

Only the registry of this machine's owner, or a host that the owner names, and only what the lock has a digest
of: what git, a path or an address says may be anything by tomorrow.
"""

import base64
import binascii
import hashlib
import json
import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

FILE_MAX: Final = 32 * 1024 * 1024
"""Bytes of one lock file."""
PACKAGES_MAX: Final = 20_000
NAMED_MAX: Final = 5
"""Packages that a message names."""
MODULES: Final = "node_modules"
LOCKS: Final = ("npm-shrinkwrap.json", "package-lock.json")
"""Those that npm reads, the first before the second."""
OTHERS: Final[Mapping[str, str]] = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "Yarn", "bun.lock": "Bun"}
_DIGESTS: Final = ("sha512", "sha384", "sha256", "sha1")
_NAME: Final = re.compile(r"(@[a-z0-9~_.-]+/)?[A-Za-z0-9~_.-]+")
_VERSION: Final = re.compile(r"[0-9A-Za-z.+-]{1,200}")
_FOLDER: Final = re.compile(r"[\w@. +-]+(/[\w@. +-]+)*")


class BadLock(ValueError):
    """Packages cannot be had by this lock; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Tarball:
    """A package as the registry has it; `digest` in hex, of the kind `algorithm`."""

    url: str
    algorithm: str
    digest: str


@dataclass(frozen=True, slots=True)
class Locked:
    """`tarballs`: what to download. `lock`: the lock with the address of each. `folders`: those of the
    repository that are packages themselves.
    """

    tarballs: tuple[Tarball, ...]
    lock: str
    folders: tuple[str, ...] = ()


def lock_of(files: Collection[str]) -> str:
    """The lock at the top that packages are installed by; empty where there is none."""
    return next((name for name in LOCKS if name in files), "")


def other_lock(files: Collection[str]) -> str:
    """Whose lock is there that is not read here; empty for none."""
    return next((tool for name, tool in OTHERS.items() if name in files), "")


def parse_lock(
    text: bytes, registry: str, *, default: str, hosts: Collection[str] = (), cpu: str = "x64"
) -> Locked:
    """What a lock asks for. `default`: npm's own registry, whose addresses mean the one that is set, whatever
    it is; npm reads them so too. `hosts`: whom the owner trusts beside it. `cpu`: Node's word for this
    machine's. Raises BadLock.
    """
    ways = (registry.rstrip("/"), default.rstrip("/"))
    document = _document(text)
    tarballs: dict[str, Tarball] = {}
    folders, strange = [], []
    for place, entry in document["packages"].items():
        if MODULES not in place.split("/"):
            folders += [_folder(place)] if place else []
            continue
        if entry.get("link") is True or entry.get("inBundle") is True:
            continue
        try:
            found = _tarball(place, entry, ways, hosts)
        except BadLock as error:
            strange.append(f"{place.rpartition(f'{MODULES}/')[2][:80]}: {error}")
            continue
        entry["resolved"] = found.url
        if _fits(entry, cpu):
            tarballs[place] = found
    if strange:
        more = f", and {len(strange) - NAMED_MAX} more" if len(strange) > NAMED_MAX else ""
        raise BadLock(f"the lock names what is not installed here: {'; '.join(strange[:NAMED_MAX])}{more}")
    every = tuple(dict.fromkeys(tarballs.values()))
    return Locked(every, json.dumps(document), tuple(folders))


def _document(text: bytes) -> dict[str, Any]:
    if len(text) > FILE_MAX:
        raise BadLock(f"the lock is larger than {FILE_MAX >> 20} MiB")
    try:
        document = json.loads(text)
        version, packages = document["lockfileVersion"], document.get("packages")
        known = version in (2, 3)
        if known and not all(isinstance(one, dict) for one in packages.values()):
            raise BadLock("the lock cannot be read: a package is no table")
    except BadLock:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadLock(f"the lock cannot be read: {type(error).__name__}") from error
    if not known:
        raise BadLock(
            f"the lock is of version {str(version)[:20]}, only 2 and 3 are read: `npm install` of npm 7 or"
            " newer writes it anew"
        )
    if len(packages) > PACKAGES_MAX:
        raise BadLock(f"{len(packages)} packages are more than {PACKAGES_MAX}")
    return dict(document)


def _folder(place: str) -> str:
    """A workspace, which is in the repository."""
    if not _FOLDER.fullmatch(place) or ".." in place.split("/"):
        raise BadLock(f"the lock names the folder {place[:80]!r}, which is not inside the repository")
    return place


def _fits(entry: Mapping[str, Any], cpu: str) -> bool:
    """Whether it is for Linux on this processor; what is not is optional, and npm leaves it out."""
    here = {"os": "linux", "cpu": cpu, "libc": "glibc"}
    if entry.get("optional") is not True:
        return True
    return all(_among(entry.get(key), value) for key, value in here.items())


def _among(named: object, value: str) -> bool:
    if not isinstance(named, list) or not named:
        return True
    words = [str(one) for one in named]
    wanted = [one for one in words if not one.startswith("!")]
    return f"!{value}" not in words and (not wanted or value in wanted)


def _tarball(
    place: str, entry: Mapping[str, Any], ways: tuple[str, str], hosts: Collection[str]
) -> Tarball:
    registry, default = ways
    algorithm, digest = _digest(str(entry.get("integrity", "")))
    told = str(entry.get("resolved") or "")
    if not told:
        return Tarball(_address(place, entry, registry), algorithm, digest)
    if told.startswith(f"{default}/"):
        return Tarball(registry + told.removeprefix(default), algorithm, digest)
    try:
        parts, ours = urlsplit(told), urlsplit(registry)
        same = told.startswith(f"{registry}/")
        plain = parts.scheme == "https" and not parts.username and parts.port in (None, 443)
        allowed = same or (plain and parts.hostname in hosts)
    except ValueError:
        parts, ours, allowed = urlsplit("x:"), urlsplit("x:"), False
    if allowed and "\\" not in told and told.isascii() and told.isprintable() and " " not in told:
        return Tarball(told, algorithm, digest)
    if parts.scheme not in ("http", "https"):
        raise BadLock(f"it comes from {told[:80]!r}, no package of a registry")
    hint = "name it in [verify] npm.hosts if you trust it"
    raise BadLock(f"it comes from {str(parts.hostname)[:80]!r}, not from {ours.hostname} ({hint})")


def _address(place: str, entry: Mapping[str, Any], registry: str) -> str:
    """Where registries keep a package that the lock gives no address of."""
    name = str(entry.get("name") or place.rpartition(f"{MODULES}/")[2])
    version = str(entry.get("version", ""))
    if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version) or ".." in name:
        raise BadLock("it has no name and version that a registry knows")
    file = f"{posixpath.basename(name)}-{version}.tgz"
    return f"{registry}/{quote(name, safe='@/')}/-/{quote(file)}"


def _digest(integrity: str) -> tuple[str, str]:
    """The strongest that is told, as (algorithm, hex)."""
    told = dict(word.partition("-")[::2] for word in integrity.split())
    for algorithm in _DIGESTS:
        if algorithm not in told:
            continue
        try:
            found = base64.b64decode(told[algorithm].partition("?")[0], validate=True)
        except (ValueError, binascii.Error) as error:
            raise BadLock("its digest cannot be read") from error
        if len(found) == hashlib.new(algorithm, usedforsecurity=False).digest_size:
            return algorithm, found.hex()
    raise BadLock("the lock has no digest of it")
