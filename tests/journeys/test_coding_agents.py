"""A coding agent mends a failing test: ordered, done in the sandbox, verified, landed. No key, no network.

The real ones come by npm, a few hundred megabytes each, once into a folder of the user's cache. They run with
`pytest -m nightly tests/journeys/test_coding_agents.py`, and are skipped, with a word, where npm cannot get
them.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import platformdirs
import pytest

from tests.journeys.plant import Plant
from windlass.agents import Origin, preset_named
from windlass.scripted import Run, Script, serving

CACHE = Path(platformdirs.user_cache_dir("windlass-tests", appauthor=False)) / "agents-home"
MORE = "\\n    def test_zero(self):\\n        self.assertEqual(add(0, 2), 2)\\n"
FIX = Script(
    (Run(f"printf '{MORE}' >> tests/test_add.py; sed -i 's/a - b/a + b/' shop/add.py"),),
    final="The test passes now.",
)
FILES = {
    "shop/add.py": "def add(a, b):\n    return a - b\n",
    "tests/test_add.py": (
        "import unittest\n\nfrom shop.add import add\n\n\n"
        "class AddTest(unittest.TestCase):\n    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n"
    ),
}
SETTINGS = """
[[models.provider]]
name = "scripted"
url = "{url}"
speaks = ["{speaks}"]
[[dispatch.runners]]
name = "coder"
kind = "{kind}"
preset = "{preset}"
model = "scripted"
provider = "scripted"
"""
REAL = ("codex", "codex-acp", "opencode", "opencode-acp", "gemini", "gemini-acp")


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    made = Plant(tmp_path, more_env={"WINDLASS_CONFIG": str(tmp_path / "config.toml")})
    made.make(parts=1)
    for name, text in FILES.items():
        (made.repo / name).write_text(text)
    made.git("add", "-A")
    made.git("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "-qm", "Add wrongly")
    return made


def land(plant: Plant, name: str) -> None:
    """Order the work, and see that it landed as the agent left it."""
    chosen = preset_named(name)
    with serving(FIX) as url:
        settings = {"url": url, "speaks": chosen.speaks, "preset": name}
        kind = "acp" if chosen.protocol.value == "acp" else "agent"
        (plant.folder / "config.toml").write_text(SETTINGS.format(**settings, kind=kind))
        paths = ("--path", "shop/add.py", "--path", "tests/test_add.py")
        order = ("Correct add", "--kind", "bug", "--runner", "coder", "--land", "--json", *paths)
        done = plant.windlass("execute", "--repo", str(plant.repo), *order, timeout_s=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)
    assert plant.git("show", "main:shop/add.py") == "def add(a, b):\n    return a + b"


@pytest.mark.slow
@pytest.mark.nightly  # tests/cli/test_demo.py goes the same way with the second one
@pytest.mark.parametrize("name", ["scripted", "scripted-acp"])
def test_the_scripted_agent_mends_a_failing_test(plant: Plant, name: str) -> None:
    land(plant, name)


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.parametrize("name", REAL)
def test_a_real_agent_mends_a_failing_test(plant: Plant, name: str) -> None:
    install(plant, name)
    land(plant, name)


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.parametrize("name", REAL)
def test_a_real_agent_bears_bad_days(plant: Plant, name: str) -> None:
    install(plant, name)
    done = plant.windlass("agent", "test", name, "--json", timeout_s=1_800)
    failed = [step for step in json.loads(done.stdout) if step["state"] == "fail"]
    assert (done.returncode, failed) == (0, []), done.stderr


def install(plant: Plant, name: str) -> None:
    """Have the agent in the plant's home; it is installed once, into the cache."""
    source, program = preset_named(name).source, preset_named(name).program
    assert source.origin is Origin.NPM
    if not (CACHE / f"agents/programs/{program}/program.json").exists():
        _reach(f"{source.package}@{source.version}")
        done = plant.windlass("agent", "add", name, timeout_s=1_800) if _point(plant, CACHE) else None
        assert done is None or done.returncode == 0, done.stderr
    plant.more_env.pop("WINDLASS_HOME", None)
    plant.home.mkdir(mode=0o700, exist_ok=True)
    (plant.home / "agents").symlink_to(CACHE / "agents")


def _point(plant: Plant, home: Path) -> bool:
    plant.more_env["WINDLASS_HOME"] = str(home)
    return True


def _reach(package: str) -> None:
    if (npm := shutil.which("npm")) is None:
        pytest.skip("npm is not here")
    seen = subprocess.run([npm, "view", package, "version"], capture_output=True, timeout=120, env=os.environ)
    if seen.returncode != 0:
        pytest.skip("the registry of npm is not reachable")
