"""Install an agent at the version its preset names: with npm, or with the bundled uv.

Both only unpack: no install script runs. What a package needs to be finished runs in the sandbox, without a
network, over its own folder.
"""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from uv import find_uv_bin

from windlass.agents import Origin, Preset
from windlass.app.home import Home
from windlass.app.programs import Installed, folder, write_record
from windlass.kernel import Conflict, Invalid, NotFound, Unavailable
from windlass.sandbox import Launcher, Limits, Mount, Order, interpreter_mounts, prepare_writable

INSTALL_S: Final = 1800.0
PREPARE_S: Final = 300.0
SAID_MAX: Final = 600
NODE: Final = "Node.js 20 or newer, with npm (nodejs.org, or your system's packages)"

Tell = Callable[[str], None]


def install(preset: Preset, home: Home, launcher: Launcher, env: Mapping[str, str], tell: Tell) -> Installed:
    """Install a preset's program in the data home, in the place of another version.

    Raises NotFound when npm is missing, Unavailable when the package cannot be had, Conflict for what comes
    with windlass.
    """
    source = preset.source
    if source.origin is Origin.WINDLASS:
        raise Conflict(f"{preset.program!r} comes with windlass", hint="there is nothing to install")
    place = folder(home, preset.program)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    tell(f"installing {source.package} {source.version}")
    with ExitStack() as unless_whole:
        unless_whole.callback(shutil.rmtree, place, ignore_errors=True)
        shown, path = _INSTALL[source.origin](preset, place, env)
        _open_to_all(place)
        made = Installed(preset.program, source.package, source.version, shown, path)
        if source.prepare:
            tell("finishing it in the sandbox")
            _prepare(source.prepare, place, made, launcher)
        write_record(place, made)
        unless_whole.pop_all()
    return made


def remove(home: Home, program: str) -> bool:
    """Take an installed program away; whether there was one."""
    place = folder(home, program)
    found = place.is_dir()
    shutil.rmtree(place, ignore_errors=True)
    return found


def _npm(preset: Preset, place: Path, env: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    search = env.get("PATH", os.defpath)
    npm, node = shutil.which("npm", path=search), shutil.which("node", path=search)
    if npm is None or node is None:
        raise NotFound(
            f"agent {preset.name!r} is installed with npm, which is not here", hint=f"install {NODE}"
        )
    wanted = (f"{preset.source.package}@{preset.source.version}", *preset.source.beside)
    options = ("--ignore-scripts", "--no-fund", "--no-audit", "--no-save", "--loglevel=error")
    _run((npm, "install", "--prefix", str(place), *options, *wanted), place, env)
    ours = () if node.startswith(("/usr/", "/bin/")) else (node,)
    commands = (str(place / "node_modules/.bin"), *(str(Path(one).parent) for one in ours))
    return (str(place), *ours), commands


def _pypi(preset: Preset, place: Path, env: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    uv, venv = find_uv_bin(), place / "venv"
    _run((uv, "venv", "--no-config", "--python", sys.executable, str(venv)), place, env)
    wanted = (f"{preset.source.package}=={preset.source.version}", *preset.source.beside)
    options = ("--no-config", "--no-build", "--python", str(venv / "bin/python"))
    _run((uv, "pip", "install", *options, *wanted), place, env)
    shown = dict.fromkeys((str(place), *(mount.target for mount in interpreter_mounts(venv / "bin/python"))))
    inside = [one for one in shown if one == str(place) or not Path(one).is_relative_to(place)]
    return tuple(inside), (str(venv / "bin"),)


_INSTALL: Final = {Origin.NPM: _npm, Origin.PYPI: _pypi}


def _run(argv: Sequence[str], place: Path, env: Mapping[str, str]) -> None:
    passed = {name: value for name, value in env.items() if not name.startswith("WINDLASS_")}
    try:
        done = subprocess.run(
            list(argv), cwd=place, env=passed, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=INSTALL_S, check=False, start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{Path(argv[0]).name} did not end within {INSTALL_S:.0f} s") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()[-SAID_MAX:]
        name = Path(argv[0]).name
        raise Unavailable(
            f"{name} could not install it: {said}", hint=f"is the registry of {name} reachable?"
        )


def _open_to_all(place: Path) -> None:
    """Agents run under another uid than ours where windlass is root: what may be read, may be read by all."""
    for path in (place, *place.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            more = 0o555 if stat.S_ISDIR(mode) or mode & 0o100 else 0o444
            path.chmod(stat.S_IMODE(mode) | more)


def _prepare(argv: tuple[str, ...], place: Path, made: Installed, launcher: Launcher) -> None:
    prepare_writable(place)
    others = tuple(mount for mount in made.in_box.mounts if mount.target != str(place))
    mounts = (Mount(place, str(place), writable=True), *others)
    env = {"PATH": ":".join((*made.path, "/usr/local/bin:/usr/bin:/bin"))}
    order = Order(argv, str(place), mounts, env, limits=Limits(wall_s=PREPARE_S))
    ran = launcher.run(order).ran
    if ran.exit_code != 0:
        said = ran.stderr.decode("utf-8", "replace").strip()[-SAID_MAX:]
        raise Invalid(f"{made.program!r} could not be finished in the sandbox: {said}")
