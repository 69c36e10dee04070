"""The agents of a data home, seen as a command sees them."""

from pathlib import Path

import pytest
from tests.agents.test_preset import GOOD

from windlass.app import open_agency
from windlass.app.agency import Agency
from windlass.app.programs import Installed, folder, own_presets, write_record
from windlass.kernel import NotFound


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    made: Agency = open_agency({"WINDLASS_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)})
    return made


def test_presets_say_whether_they_can_be_used(agency: Agency) -> None:
    own = own_presets(agency.home)
    own.mkdir(parents=True)
    (own / "mine.toml").write_text(GOOD)
    place = folder(agency.home, "codex")
    place.mkdir(parents=True)
    write_record(place, Installed("codex", "@openai/codex", "0.1", (), ()))
    told = {one.name: agency.standing(one) for one in agency.presets()}
    assert told["scripted"] == "ready"
    assert told["mine"] == told["gemini"] == "not installed"
    assert told["codex"] == "0.1 is not supported"
    assert agency.installed().keys() == {"codex"}
    assert agency.remove("codex")


def test_programs_stand_as_their_presets_do(agency: Agency) -> None:
    assert agency.programs() == []
    for name, version in (("gemini", "0.60.1"), ("left", "2")):
        folder(agency.home, name).mkdir(parents=True)
        write_record(folder(agency.home, name), Installed(name, name, version, (), ()))
    assert agency.programs() == [("gemini", "0.60.1", "ready"), ("left", "2", "no preset names it")]
    own = own_presets(agency.home)
    own.mkdir(parents=True)
    (own / "mine.toml").write_text(GOOD.replace('program = "mine"', 'program = "gemini"'))
    assert agency.programs()[0] == ("gemini", "0.60.1", "ready; 0.60.1 is not supported")


def test_an_unknown_name_is_answered_with_those_there_are(agency: Agency) -> None:
    for work in (agency.examine, agency.endure, agency.remove, lambda name: agency.add(name, print)):
        with pytest.raises(NotFound, match="no preset 'kodex'"):
            work("kodex")
