"""What landed, and its proof, as a person sees it."""

import json
from pathlib import Path

import pytest
from tests.journeys.plant import Plant


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    made = Plant(tmp_path_factory.mktemp("land")).make(parts=1)
    made.windlass("run", "--land", "--repo", str(made.repo))
    return made


def told(plant: Plant, *words: str) -> object:
    return json.loads(plant.windlass("land", *words, "--repo", str(plant.repo), "--json").stdout)


@pytest.fixture
def commit(plant: Plant) -> str:
    return str(told(plant, "list")[0]["commit"])


def test_landings_are_listed(plant: Plant, commit: str) -> None:
    assert commit == plant.git("rev-parse", "main")
    shown = plant.windlass("land", "list", "--repo", str(plant.repo)).stdout
    assert commit[:12] in shown
    assert "landed" in shown


def test_a_landing_is_proved_here(plant: Plant, commit: str) -> None:
    proof = told(plant, "prove", commit[:10])
    assert (proof["commit"], proof["proved"]) == (commit, True)
    assert told(plant, "prove", "main")["commit"] == commit
    standing = {point["name"]: point["standing"] for point in proof["points"]}
    assert standing == dict.fromkeys(("statement", "commit", "signature", "branch", "evidence"), "holds")
    assert "✓ holds    signature" in plant.windlass("land", "prove", commit, "--repo", str(plant.repo)).stdout


def test_a_saved_statement_and_a_key_are_enough_elsewhere(plant: Plant, commit: str, tmp_path: Path) -> None:
    saved, key = tmp_path / "statement.json", tmp_path / "key"
    told(plant, "prove", commit, "--save", str(saved))
    key.write_text(str(told(plant, "key")["line"]))
    elsewhere = Plant(plant.folder, more_env={"WINDLASS_HOME": str(tmp_path / "home")})
    proof = told(elsewhere, "prove", commit, "--statement", str(saved), "--key", str(key))
    assert proof["proved"]
    assert {point["name"]: point["standing"] for point in proof["points"]}["evidence"] == "unknown"


def test_a_changed_statement_proves_nothing(plant: Plant, commit: str, tmp_path: Path) -> None:
    saved = tmp_path / "statement.json"
    told(plant, "prove", commit, "--save", str(saved))
    document = json.loads(saved.read_text())
    saved.write_text(json.dumps({**document, "payload": document["payload"].swapcase()}))
    words = ("land", "prove", commit, "--statement", str(saved), "--repo", str(plant.repo))
    failed = plant.windlass(*words)
    assert failed.returncode == 1
    assert "x fails    statement" in failed.stdout


def test_what_cannot_be_proved_is_said_clearly(plant: Plant, tmp_path: Path) -> None:
    first = plant.git("rev-list", "--max-parents=0", "main")
    unknown = plant.windlass("land", "prove", first, "--repo", str(plant.repo))
    assert (unknown.returncode, "landed no commit" in unknown.stderr) == (3, True)
    saved = tmp_path / "there"
    saved.touch()
    words = ("land", "prove", plant.git("rev-parse", "main"), "--save", str(saved))
    taken = plant.windlass(*words, "--repo", str(plant.repo))
    assert (taken.returncode, "is there already" in taken.stderr) == (6, True)
