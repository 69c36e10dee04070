"""`windlass validate-pipeline` on small real repositories."""

from pathlib import Path

import pytest
from tests.cli.shell import Shell
from tests.journeys.plant import TESTS, Plant


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(Plant(tmp_path / "plant").make(parts=1))


def commit(shell: Shell, name: str, text: str) -> None:
    (shell.repo / name).write_text(text)
    shell.plant.git("add", "-A")
    shell.plant.git("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "-qm", "Work")


def test_every_stage_is_proved_on_a_copy_and_nothing_stays(shell: Shell, tmp_path: Path) -> None:
    commit(shell, "tests/test_total.py", TESTS.partition("    def test_known_broken")[0])
    before = shell.plant.git("for-each-ref"), shell.plant.git("status", "--porcelain")
    said = shell("validate-pipeline", "--json", "--keep", str(tmp_path / "kept"))
    told = {one["stage"]: one for one in said.json["stages"]}
    assert (said.code, said.json["proved"]) == (0, True), said.out
    assert set(told) == {
        "repository", "sandbox", "discovery", "checks on main", "a change lands",
        "a claim without work is refused", "other files are refused", "broken syntax is refused",
        "a failing test is refused", "its proof", "it is taken back", "audit log", "yours untouched",
    }  # fmt: skip
    assert "test_planted" in told["a failing test is refused"]["seen"]
    assert (shell.plant.git("for-each-ref"), shell.plant.git("status", "--porcelain")) == before
    assert (tmp_path / "kept" / "repo.git" / "HEAD").is_file()
    again = shell("validate-pipeline", "--keep", str(tmp_path / "kept"))
    assert (again.code, "is there already" in again.err) == (6, True), again.err


def test_what_cannot_be_told_is_not_proved(tmp_path: Path) -> None:
    plant = Plant(tmp_path / "plant")
    (plant.folder / "user").mkdir(parents=True)
    plant.repo.mkdir()
    plant.git("init", "-q", "-b", "main")
    shell = Shell(plant)
    commit(shell, "README", "Nothing here can be judged.\n")
    said = shell("validate-pipeline")
    assert said.code == 1, said.out + said.err
    assert "? unknown  broken syntax is refused" in said.out
    assert "x failed   a change lands" in said.out
    assert "nothing judges this tree" in said.out or "no check could run" in said.out
