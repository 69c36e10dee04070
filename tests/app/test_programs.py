"""What is installed in a data home, and what boxes are shown of it."""

import json
import sys
from pathlib import Path

import pytest
from tests.agents.test_preset import GOOD

from windlass.agents import Preset
from windlass.app.home import Home
from windlass.app.programs import (
    SCRIPTED,
    Installed,
    folder,
    installed,
    own_presets,
    programs,
    with_own_presets,
    write_record,
)
from windlass.dispatch import RunnerSpec
from windlass.kernel import Invalid


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open({"WINDLASS_HOME": str(tmp_path / "home")})


def record(home: Home, name: str = "codex") -> Path:
    place = folder(home, name)
    place.mkdir(parents=True)
    write_record(place, Installed(name, "@openai/codex", "0.169.0", (str(place),), (f"{place}/bin",)))
    return place


def test_a_program_is_there_once_its_record_is(home: Home) -> None:
    folder(home, "half").mkdir(parents=True)
    place = record(home)
    (found,) = installed(home)
    assert (found.program, found.version) == ("codex", "0.169.0")
    shown = programs(home)
    assert set(shown) == {"codex", SCRIPTED}
    assert [(mount.source, mount.target, mount.writable) for mount in shown["codex"].mounts] == [
        (place, str(place), False)
    ]
    assert shown["codex"].path == (f"{place}/bin",)


def test_the_scripted_agent_is_shown_with_windlass_own_environment(home: Home) -> None:
    shown = programs(home)[SCRIPTED]
    assert shown.path == (str(Path(sys.executable).parent),)
    assert not any(mount.writable for mount in shown.mounts)


@pytest.mark.parametrize("text", ["", "[]", "{", json.dumps({"program": "x"}), "\x00"])
def test_a_broken_record_is_named_with_what_to_do(home: Home, text: str) -> None:
    (record(home) / "program.json").write_text(text)
    with pytest.raises(Invalid, match=r"program\.json is no record") as raised:
        installed(home)
    assert raised.value.hint == "windlass agent add codex"


def test_runners_get_the_owners_presets_whole(home: Home) -> None:
    specs = {
        "a": RunnerSpec("agent", {"preset": "mine", "model": "m"}),
        "b": RunnerSpec("agent", {"preset": "codex", "model": "m"}),
        "c": RunnerSpec("command", {"preset": "mine"}),
    }
    assert with_own_presets(specs, home) == specs
    own_presets(home).mkdir(parents=True)
    (own_presets(home) / "mine.toml").write_text(GOOD)
    made = with_own_presets(specs, home)
    assert isinstance(made["a"].settings["preset"], Preset)
    assert made["a"].settings["model"] == "m"
    assert (made["b"], made["c"]) == (specs["b"], specs["c"])
