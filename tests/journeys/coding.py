"""Real coding agents at work: installed once for this machine, each with one failing test to mend.

Every agent has a file of its own with a defect in it, a test that fails for it, and a scripted model. How
windlass finds the defect decides who gets it.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs
import pytest
from uv import find_uv_bin

from tests.journeys.plant import Plant
from windlass import dispatch
from windlass.agents import Origin, Protocol, preset_named
from windlass.dispatch import AttemptRecord, Outcome, Task, TaskStatus
from windlass.scripted import Answered, Call, Fault, Run, Script, serving
from windlass.store import open_database

CACHE = Path(platformdirs.user_cache_dir("windlass-tests", appauthor=False)) / "agents-home"
BIN = Path(sys.executable).parent
INSTALL_S, REACH_S, RUN_S = 1_800, 60, 600
ASK = {
    Origin.NPM: ("view", "--fetch-retries=0"),
    Origin.PYPI: ("pip", "install", "--no-config", "--dry-run", "--no-deps", "--python", sys.executable),
}
"""How a registry is asked for a package."""
MARKED = "return a - b  # {tag}: adds wrongly, tests/test_{name}.py fails"
DEFECTS = {
    "TODO": MARKED,
    "XXX": MARKED,
    "F821": "return a + c",
    "F507": 'return int("%d" % (a, b))',
    "F524": 'return int("{{}}{{}}".format(a + b))',
}
"""By what finds them: a tagged comment, or a rule of ruff that no tool mends by itself."""
TEST = """import unittest

from shop.{name} import add


class AddTest(unittest.TestCase):
    def test_add(self):
        self.assertEqual(add(1, 2), 3)
"""
MORE = "\n    def test_zero(self):\n        self.assertEqual(add(0, 2), 2)\n"
PROJECT = '[project]\nname = "shop"\nversion = "0.1"\n[tool.ruff.lint]\nselect = ["F"]\n'
MENDED = "def add(a, b):\n    return a + b"
SETTINGS = "[dispatch]\nworkers = 3\n[autonomy]\nmax_wsjf = 100.0\n"
PLAYBOOK = """
name = "shown"
summary = "A test that fails on the code as it is passes in the end."
kinds = ["technical-debt", "investigation", "lint"]
red = "refuse"
also = ["tests/"]
"""
"""Whatever marks the defect, its mending has to bring a red test."""
SEAT = """
[[models.provider]]
name = "{name}"
url = "{url}"
speaks = ["{speaks}"]
[[dispatch.runners]]
name = "{name}"
kind = "{kind}"
preset = "{preset}"
model = "scripted"
provider = "{name}"
rules = ["{tag}"]
{more}
"""


def fix(name: str) -> Run:
    """The command that mends the defect and brings a test that shows it; the second time it does nothing."""
    more, test = MORE.replace("\n", "\\n"), f"tests/test_{name}.py"
    add = f"grep -q test_zero {test} || printf '{more}' >> {test}"
    return Run(f"{add}; sed -i 's/return.*/return a + b/' shop/{name}.py")


@dataclass
class Seat:
    """One agent, its defect and its model. `more`: settings of its runner; `seen`: what its model met."""

    name: str
    preset: str
    tag: str
    steps: Sequence[Run | Call] = ()
    faults: Sequence[Fault] = ()
    plain: str | None = None
    more: str = ""
    seen: list[Answered] = field(default_factory=list)

    @property
    def script(self) -> Script:
        steps = tuple(self.steps) if self.steps or self.plain else (fix(self.name),)
        return Script(steps, final="The test passes now.", plain=self.plain, faults=tuple(self.faults))

    def settings(self, url: str) -> str:
        chosen = preset_named(self.preset)
        kind = "acp" if chosen.protocol is Protocol.ACP else "agent"
        return SEAT.format(
            name=self.name, url=url, speaks=chosen.speaks, kind=kind, preset=self.preset, tag=self.tag,
            more=self.more,
        )  # fmt: skip

    def files(self) -> dict[str, str]:
        defect = DEFECTS[self.tag].format(tag=self.tag, name=self.name)
        return {
            f"shop/{self.name}.py": f"def add(a, b):\n    {defect}\n",
            f"tests/test_{self.name}.py": TEST.format(name=self.name),
        }


@contextmanager
def seated(folder: Path, seats: Sequence[Seat]) -> Iterator[Plant]:
    """A repository with their defects, a home that has the agents, and their models; nothing is left over."""
    plant = Plant(folder, more_env={"WINDLASS_CONFIG": str(folder / "config.toml")})
    have(plant, [seat.preset for seat in seats])
    plant.make(parts=1)
    (plant.repo / "shop/part_0.py").unlink()
    (plant.repo / "tests/test_total.py").unlink()
    for files in ({"pyproject.toml": PROJECT}, *(seat.files() for seat in seats)):
        for name, text in files.items():
            (plant.repo / name).write_text(text)
    plant.git("add", "-A")
    plant.git("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "-qm", "Add wrongly")
    (plant.home / "playbooks").mkdir()
    (plant.home / "playbooks/shown.toml").write_text(PLAYBOOK)
    with ExitStack() as stack:
        urls = [stack.enter_context(serving(seat.script, watch=seat.seen.append)) for seat in seats]
        told = [seat.settings(url) for seat, url in zip(seats, urls, strict=True)]
        (folder / "config.toml").write_text("".join((SETTINGS, *told)))
        yield plant
        assert plant.leftovers() == []


def run(plant: Plant) -> None:
    """One `windlass run` that may land, until there is nothing left to do."""
    done = plant.windlass("run", "--repo", str(plant.repo), "--land", timeout_s=RUN_S)
    assert done.returncode == 0, done.stdout + done.stderr


def landed(plant: Plant, seats: Sequence[Seat]) -> None:
    """Each mended its defect at the first attempt, in the box; it landed with a test shown red and green."""
    told = record(plant)
    for seat in seats:
        task, (attempt,) = told[seat.name]
        assert (task.status, attempt.outcome) == (TaskStatus.COMPLETED, Outcome.SUBMITTED), attempt
        assert (attempt.runner, attempt.sandbox) == (seat.name, "bwrap")
        assert plant.git("show", f"main:shop/{seat.name}.py") == MENDED
        message = plant.git("log", "-1", "--format=%B", "main", "--", f"shop/{seat.name}.py")
        assert f"test_{seat.name}" in message.partition("Windlass-Evidence")[2], message
        assert seat.seen, "its model was asked"


def record(plant: Plant) -> dict[str, tuple[Task, list[AttemptRecord]]]:
    """What became of every task: by the file it is about, with its attempts."""
    database = open_database(f"sqlite:///{plant.home}/windlass.db")
    try:
        tasks = database.read(lambda tx: dispatch.tasks(tx, 1))
        told = {one.id: database.read(lambda tx, n=one.id: dispatch.attempts(tx, n)) for one in tasks}
    finally:
        database.close()
    return {Path(one.spec.paths[0]).stem: (one, told[one.id]) for one in tasks}


def have(plant: Plant, names: Sequence[str]) -> None:
    """Give a plant's home the agents of these presets, at their versions, or skip with a word.

    They are installed once for this machine, side by side.
    """
    CACHE.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (CACHE / ".installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = {preset_named(name).program: name for name in names if not _there(name)}
        if missing:
            _reach(missing.values())
            with ThreadPoolExecutor(len(missing)) as pool:
                list(pool.map(_add, missing.values()))
    plant.home.mkdir(mode=0o700)
    (plant.home / "agents").symlink_to(CACHE / "agents")


def _there(name: str) -> bool:
    chosen = preset_named(name)
    try:
        told = json.loads((CACHE / f"agents/programs/{chosen.program}/program.json").read_text())
    except FileNotFoundError:
        return chosen.source.origin is Origin.WINDLASS
    return bool(told["version"] == chosen.source.version)


def _reach(names: Iterable[str]) -> None:
    """Skip where the registry of one of them does not answer; a version that it does not have is an error."""
    origins = {preset_named(name).source.origin: preset_named(name).source.package for name in names}
    for origin, package in origins.items():
        tool = shutil.which("npm") if origin is Origin.NPM else find_uv_bin()
        if tool is None:
            pytest.skip("npm is not here, and real agents come by it")
        try:
            subprocess.run((tool, *ASK[origin], package), capture_output=True, timeout=REACH_S, check=True)
        except subprocess.SubprocessError:
            pytest.skip(f"the registry of {Path(tool).name} is not reachable, so {package} cannot be had")


def _add(name: str) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("WINDLASS_")}
    done = subprocess.run(
        (BIN / "windlass", "agent", "add", name), env={**kept, "WINDLASS_HOME": str(CACHE)},
        capture_output=True, text=True, timeout=INSTALL_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
