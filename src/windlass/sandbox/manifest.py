"""The container manifest: which root file system, runtime and bounds the owner gives to runs."""

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from posixpath import normpath
from typing import Final

from windlass.kernel import Denied, Invalid, NotFound, read_toml
from windlass.sandbox.model import MIB, RESERVED

VERSION: Final = 1
MANIFEST_MAX: Final = 64 * 1024
MOUNTS_MAX: Final = 32
_OWN: Final = ("/", *RESERVED, "/tmp", "/run", "/home", "/var")  # noqa: S108 - the run's own
_NEEDED: Final = ("version", "runtime", "rootfs")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What every run at level CONTAINER has. Bounds are bytes, processes, processors; `None`: the order's.

    Not in here, since it is never otherwise: no capability, no new privileges, a read-only root, private
    /tmp and home of a fixed size, the filter of system calls, no network but doors.
    """

    runtime: str
    rootfs: Path
    mounts: tuple[str, ...] = ()
    memory_max: int | None = None
    processes_max: int | None = None
    cpus: float | None = None


def read_manifest(path: Path) -> Manifest:
    """The manifest in a file that nobody else may write."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            text = file.read(MANIFEST_MAX + 1).decode()
    except OSError as error:
        hint = "docs/how-to/work-in-a-container.md says what belongs there"
        raise NotFound(f"container manifest {path} cannot be read: {error.strerror}", hint=hint) from error
    except UnicodeDecodeError as error:
        raise Invalid(f"container manifest {path} is not UTF-8") from error
    if status.st_mode & 0o022 or status.st_uid not in (0, os.geteuid()):
        mend = f"chown {os.geteuid()} {path} && chmod go-w {path}"
        raise Denied(f"container manifest {path} can be written by others", hint=mend)
    if len(text) > MANIFEST_MAX:
        raise Invalid(f"container manifest {path} has more than {MANIFEST_MAX} bytes")
    return parse_manifest(text, str(path))


def parse_manifest(text: str, where: str) -> Manifest:
    """The manifest in a file's text; Invalid names every mistake in `where` at once."""
    try:
        table = read_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"container manifest {where} is not TOML: {error}") from error
    limits = table.get("limits", {})
    wrong = [f"{name!r} is missing" for name in _NEEDED if name not in table]
    wrong += [*_wrong(table, _TOP, "")]
    wrong += [*_wrong(limits, _LIMITS, "limits.")] if isinstance(limits, dict) else []
    if wrong:
        raise Invalid(
            f"container manifest {where}: {'; '.join(wrong)}", hint="docs/how-to/work-in-a-container.md"
        )
    memory = limits.get("memory_mb")
    return Manifest(
        table["runtime"], Path(table["rootfs"]), tuple(table.get("mounts", ())),
        memory * MIB if memory else None, limits.get("processes"), limits.get("cpus"),
    )  # fmt: skip


def _wrong(table: Mapping[str, object], known: "Mapping[str, _Rule]", place: str) -> Iterator[str]:
    for name, value in table.items():
        if name not in known:
            yield f"unknown key {place + name!r}, known: {', '.join(known)}"
        elif not known[name][1](value):
            yield f"{place}{name} = {value!r} is not {known[name][0]}"


def _is_path(value: object) -> bool:
    return isinstance(value, str) and value.startswith("/") and normpath(value) == value and value != "/"


def _is_mount(value: object) -> bool:
    """Shown at its own path, so it must not be where a run has something of its own."""
    return _is_path(value) and not any(value == top or f"{value}/".startswith(f"{top}/") for top in _OWN[1:])


def _is_runtime(value: object) -> bool:
    return _is_path(value) or (
        isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9.-]*", value) is not None
    )


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 31


def _is_processors(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.01 <= value <= 4096


_Rule = tuple[str, Callable[[object], bool]]
_TOP: Final[Mapping[str, _Rule]] = {
    "version": (f"{VERSION}, the only version there is", lambda value: value == VERSION),
    "runtime": ("the name or the path of an OCI runtime, such as crun", _is_runtime),
    "rootfs": ("a plain absolute path other than /", _is_path),
    "mounts": (
        f"a list of at most {MOUNTS_MAX} plain absolute paths outside of {', '.join(_OWN)}",
        lambda value: isinstance(value, list) and len(value) <= MOUNTS_MAX and all(map(_is_mount, value)),
    ),
    "limits": ("a table", lambda value: isinstance(value, dict)),
}  # fmt: skip
_LIMITS: Final[Mapping[str, _Rule]] = {
    "memory_mb": ("a whole number of MiB from 1 on", _is_whole),
    "processes": ("a whole number from 1 on", _is_whole),
    "cpus": ("a number of processors from 0.01 to 4096", _is_processors),
}
