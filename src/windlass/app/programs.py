"""The agents that are installed in the data home, and what of them a box is shown.

One folder for each program; `program.json` in it is written last and says what is there. Without it a folder
is half made, and nothing.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import windlass
from windlass import dispatch
from windlass.agents import presets
from windlass.app.home import Home
from windlass.dispatch import RunnerSpec
from windlass.kernel import Invalid
from windlass.sandbox import Mount, interpreter_mounts

RECORD: Final = "program.json"
RECORD_MAX: Final = 64 << 10
SCRIPTED: Final = "scripted"
"""The agent that comes with windlass; it is always there."""
AGENT_KINDS: Final = frozenset({"agent", "acp"})
"""The runners whose `preset` may be one of the owner's own."""


@dataclass(frozen=True, slots=True)
class Installed:
    """One program. `shown`: files and folders of the host that a box is shown, read-only, at their own
    places; `path`: the folders of its commands.
    """

    program: str
    package: str
    version: str
    shown: tuple[str, ...]
    path: tuple[str, ...]

    @property
    def in_box(self) -> dispatch.box.Program:
        mounts = tuple(Mount(Path(place).resolve(), place) for place in self.shown)
        return dispatch.box.Program(mounts, self.path)


def folder(home: Home, program: str) -> Path:
    """Where a program lies, or would."""
    return home.agents / "programs" / program


def own_presets(home: Home) -> Path:
    """Where the owner's presets are."""
    return home.agents / "presets"


def installed(home: Home) -> list[Installed]:
    """What is installed, by name. Raises Invalid for a record that cannot be read."""
    return [read_record(path) for path in sorted(folder(home, "").glob(f"*/{RECORD}"))]


def programs(home: Home) -> dict[str, dispatch.box.Program]:
    """What boxes are shown of each installed program, windlass's own scripted agent among them."""
    return {SCRIPTED: scripted(), **{one.program: one.in_box for one in installed(home)}}


def scripted() -> dispatch.box.Program:
    """Windlass's own environment, read-only: the scripted agent is a part of it."""
    python, package = Path(sys.executable), Path(windlass.__file__).parent
    mounts = interpreter_mounts(python)
    if not any(package.is_relative_to(place) for place in ("/usr", *(mount.target for mount in mounts))):
        mounts = (*mounts, Mount(package, str(package)))
    return dispatch.box.Program(mounts, (str(python.parent),))


def write_record(place: Path, one: Installed) -> None:
    """Say that a program is there, from now on."""
    fresh = place / f"{RECORD}.new"
    fresh.write_text(json.dumps(asdict(one), indent=1))
    fresh.replace(place / RECORD)


def read_record(path: Path) -> Installed:
    """Raises Invalid for anything but a record."""
    try:
        with path.open("rb") as file:
            table = json.loads(file.read(RECORD_MAX))
        return Installed(
            str(table["program"]), str(table["package"]), str(table["version"]),
            tuple(map(str, table["shown"])), tuple(map(str, table["path"])),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = f"windlass agent add {path.parent.name}"
        raise Invalid(f"{path} is no record of a program: {error}", hint=hint) from error


def with_own_presets(runners: Mapping[str, RunnerSpec], home: Home) -> dict[str, RunnerSpec]:
    """The runners, those that name one of the owner's presets with that preset itself."""
    place = own_presets(home)
    own = {path.stem for path in place.glob("*.toml")} if place.is_dir() else set()
    known = presets(place) if own else {}

    def whole(spec: RunnerSpec) -> RunnerSpec:
        name = spec.settings.get("preset")
        if spec.kind not in AGENT_KINDS or name not in own:
            return spec
        return replace(spec, settings={**spec.settings, "preset": known[name]})

    return {name: whole(spec) for name, spec in runners.items()}
