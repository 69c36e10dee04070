"""Advisories that the owner has downloaded: one zip of OSV entries for each ecosystem. Never the network.

The database is data from outside: entries, their sizes and their sum are bounded, and what cannot be read is
counted and told, since an advisory that nobody read has cleared nobody.
"""

import json
import re
import zipfile
import zlib
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from windlass.kernel import NotFound, Unavailable
from windlass.scan.version import name

ENTRIES_MAX: Final = 2_000_000
ENTRY_MAX: Final = 8 * 1024 * 1024
"""Bytes of one entry, unpacked."""
WHOLE_MAX: Final = 4 * 1024 * 1024 * 1024
"""Bytes of all entries, unpacked."""
_NAMES: Final = re.compile(rb'"name"\s*:\s*"([^"]{1,400})"')
_MODIFIED: Final = re.compile(rb'"modified"\s*:\s*"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)')
FETCH: Final = "https://osv-vulnerabilities.storage.googleapis.com/{ecosystem}/all.zip"


@dataclass(frozen=True, slots=True)
class Advisories:
    """`entries`: of the packages asked for, by name. `newest`: when the newest of all was changed, in unix
    seconds; it says how old the database is, whatever the file's date. `unread`: how many could not be read.
    """

    ecosystem: str
    entries: Mapping[str, Sequence[Mapping[str, Any]]]
    newest: float
    count: int
    unread: int

    def of(self, package: str) -> Sequence[Mapping[str, Any]]:
        """The entries that name a package, however it is spelled, by their ids."""
        return sorted(self.entries.get(name(self.ecosystem, package), ()), key=lambda one: str(one["id"]))


def place(folder: Path, ecosystem: str) -> Path:
    """Where the zip of an ecosystem lies."""
    return folder / f"{ecosystem}.zip"


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Which zips there are, with size and date: what was found by others is no evidence."""
    found = sorted(folder.glob("*.zip")) if folder.is_dir() else []
    return {one.name: (one.stat().st_size, one.stat().st_mtime_ns) for one in found if one.is_file()}


def load(folder: Path, ecosystem: str, packages: Collection[str]) -> Advisories:
    """The advisories that may be about some packages. Raises NotFound without a zip, Unavailable for one that
    cannot be read.
    """
    path = place(folder, ecosystem)
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive, ecosystem, {name(ecosystem, one) for one in packages})
    except FileNotFoundError:
        fetch = FETCH.format(ecosystem=ecosystem)
        raise NotFound(f"no advisories of {ecosystem}", hint=f"curl -o {path} {fetch}") from None
    except (OSError, zipfile.BadZipFile, RuntimeError, ValueError) as error:
        raise Unavailable(f"{path} cannot be read: {error}", hint="download it again") from error


def _read(archive: zipfile.ZipFile, ecosystem: str, wanted: Set[str]) -> Advisories:
    found: dict[str, list[Mapping[str, Any]]] = {}
    newest, unread, whole, count = b"", 0, 0, 0
    members = [one for one in archive.infolist() if one.filename.endswith(".json")]
    if len(members) > ENTRIES_MAX:
        raise ValueError(f"it has more than {ENTRIES_MAX} entries")
    for member in members:
        content = _content(archive, member)
        whole += len(content or b"")
        if whole > WHOLE_MAX:
            raise ValueError(f"it holds more than {WHOLE_MAX >> 30} GB")
        told = _MODIFIED.search(content) if content else None
        if content is None or told is None:
            unread += 1
            continue
        count, newest = count + 1, max(newest, told[1])
        if any(b"\\" in one or _same(ecosystem, one) in wanted for one in _NAMES.findall(content)):
            packages, entry = _entry(content, ecosystem)
            unread += not entry
            for one in packages & wanted:
                found.setdefault(one, []).append(entry)
    if not count:
        raise ValueError("it holds no advisories")
    at = datetime.strptime(newest.decode(), "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC).timestamp()
    return Advisories(ecosystem, found, at, count, unread)


def _same(ecosystem: str, raw: bytes) -> str:
    return name(ecosystem, raw.decode("utf-8", "replace"))


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | None:
    """The bytes of an entry; None for one that is too large or broken."""
    try:
        with archive.open(member) as stream:
            content = stream.read(ENTRY_MAX + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        return None
    return content if len(content) <= ENTRY_MAX else None


def _entry(content: bytes, ecosystem: str) -> tuple[set[str], Mapping[str, Any]]:
    """The packages that an entry is about, and itself; nothing for one that is none."""
    try:
        entry = json.loads(content)
        places = [one["package"] for one in entry.get("affected", []) if one.get("package")]
        return {name(ecosystem, one["name"]) for one in places}, {**entry, "id": str(entry["id"])}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return set(), {}
