"""Which host directories a Python interpreter needs to run inside. Read from the file system; nothing is
executed."""

import os
from collections.abc import Iterator
from pathlib import Path

from windlass.kernel import Invalid
from windlass.sandbox.model import Mount

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
_HOPS_MAX = 16


def interpreter_mounts(executable: Path) -> tuple[Mount, ...]:
    """Read-only mounts, at the same paths as on the host, for a Python or a virtual environment's Python.

    Follows the chain of links from `executable` and the `home` of `pyvenv.cfg`; each stop brings its prefix
    (the directory above `bin`) if that looks like one. What lies in /usr is inside already. A prefix such as
    the user's home is never mounted: only directories that hold `pyvenv.cfg` or `lib/python*`.
    """
    if not executable.is_absolute():
        raise Invalid(f"interpreter {str(executable)!r} is not an absolute path")
    if not executable.exists():
        raise Invalid(
            f"interpreter {str(executable)!r} does not exist", hint="create the virtual environment again"
        )
    found: dict[str, Mount] = {}
    for stop in _stops(executable):
        prefix = stop.parent.parent
        if stop.parent.name in ("bin", "Scripts") and _is_prefix(prefix):
            _add(found, prefix)
            _add(found, prefix.resolve())
        else:
            _add(found, stop)
    final = executable.resolve()
    if not _is_prefix(final.parent.parent):
        raise Invalid(
            f"{str(executable)!r} is not inside a Python installation",
            hint="name the interpreter itself, not a shim",
        )
    return tuple(found[target] for target in sorted(found))


def _stops(executable: Path) -> Iterator[Path]:
    """Every path the interpreter goes by: the links one after another, and the base that a venv names as its
    home."""
    here = Path(os.path.normpath(executable))
    for _ in range(_HOPS_MAX):
        yield here
        if home := _venv_home(here.parent.parent):
            yield home / here.name
        if not here.is_symlink():
            return
        here = Path(os.path.normpath(here.parent / here.readlink()))
    raise Invalid(f"too many links behind interpreter {str(executable)!r}")


def _venv_home(prefix: Path) -> Path | None:
    config = prefix / "pyvenv.cfg"
    if not config.is_file():
        return None
    for line in config.read_text(encoding="utf-8", errors="replace").splitlines():
        name, equals, value = line.partition("=")
        if equals and name.strip() == "home" and value.strip().startswith("/"):
            return Path(os.path.normpath(value.strip()))
    return None


def _is_prefix(prefix: Path) -> bool:
    return (prefix / "pyvenv.cfg").is_file() or any(prefix.glob("lib/python3*/os.py"))


def _add(found: dict[str, Mount], path: Path) -> None:
    target = str(path)
    covered = any(target == top or target.startswith(top + "/") for top in (*_SYSTEM, *found))
    if not covered and path.exists():
        found[target] = Mount(path.resolve(), target)
