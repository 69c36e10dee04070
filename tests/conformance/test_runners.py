"""What every runner kind must do, whoever wrote it: built in or installed."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.talk import Box

from windlass.dispatch import RUNNERS, Assignment, Ending, FindingRef, Offer, Runner
from windlass.kernel import Invalid
from windlass.scripted import Run as Step
from windlass.scripted import Script, serving

FILE = "src/a.py"
TEXT = "import os\nimport sys\n\nprint(sys.argv)\n"

SETTINGS: dict[str, dict[str, object]] = {
    "mechanic": {},
    "command": {"command": ["/bin/sh", "-c", "sed -i '/^import os$/d' src/a.py"]},
    "agent": {"preset": "scripted", "model": "scripted"},
    "acp": {"preset": "scripted-acp", "model": "scripted"},
    "outside": {"lane": "backend"},
}
"""Settings with which a kind removes an unused import. A kind that is not listed is asked what all must
answer.
"""


RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "/usr/bin/ruff"
SCRIPT = Script((Step("[ ! -f src/a.py ] || sed -i '/^import os$/d' src/a.py"),), final="It is removed.")
"""What the model of the scripted agent does."""


def assignment(**more: object) -> Assignment:
    table: dict[str, object] = {
        "task": 1, "fence": 1, "attempt": 1, "title": "Remove it", "instructions": "", "source": "ruff",
        "category": "technical-debt", "rules": ("F401",), "paths": (FILE,),
        "findings": (FindingRef(FILE, 1, "F401", "unused"),), "feedback": "", "base": "0" * 40,
        "branch": "windlass/1/1",
    }  # fmt: skip
    return Assignment(**{**table, **more})


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with serving(SCRIPT) as url:
        yield url


@pytest.fixture
def here(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, model: str) -> Box:
    (tmp_path / "src").mkdir()
    (tmp_path / FILE).write_text(TEXT)
    (tmp_path / "src/b.py").write_text(TEXT)
    for args in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(
            ["git", *args], cwd=tmp_path, check=True, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
        )
    places = {"model": model, "state": str(tmp_path_factory.mktemp("state"))}
    own = Path(sys.executable).parent
    return Box(tmp_path, places, path=f"/usr/bin:/bin:{Path(RUFF).parent}:{own}")


def opened(kind: str, here: Box) -> Runner:
    return RUNNERS.open(kind, SETTINGS[kind], here.tools())


@pytest.mark.parametrize("kind", RUNNERS.kinds())
class TestEveryRunner:
    def test_it_has_settings_for_this_suite(self, kind: str) -> None:
        assert kind in SETTINGS

    def test_accepting_runs_nothing(self, kind: str, here: Box) -> None:
        offer = Offer("ruff", "F401", "technical-debt", True, (FILE,))
        assert opened(kind, here).accepts(offer) is True
        assert here.calls == 0
        assert here.talks == []

    def test_unknown_settings_are_refused_by_name(self, kind: str, here: Box) -> None:
        with pytest.raises(Invalid, match="no_such_setting"):
            RUNNERS.open(kind, {**SETTINGS[kind], "no_such_setting": 1}, here.tools())

    def test_it_works_or_it_names_the_lane_where_others_do(self, kind: str, here: Box) -> None:
        made = opened(kind, here)
        assert isinstance(made, Runner) or made.lane == SETTINGS[kind]["lane"]


@pytest.mark.parametrize("kind", sorted(set(RUNNERS.kinds()) - {"outside"}))
class TestEveryRunnerThatWorks:
    def test_it_says_changed_and_has_changed_the_tasks_files_alone(self, kind: str, here: Box) -> None:
        outcome = opened(kind, here).work(assignment())
        assert outcome.kind is Ending.CHANGED, outcome
        assert "import os" not in (here.folder / FILE).read_text()
        assert (here.folder / "src/b.py").read_text() == TEXT

    def test_doing_it_again_changes_nothing(self, kind: str, here: Box) -> None:
        opened(kind, here).work(assignment())
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "y"], cwd=here.folder,  # noqa: E501
                       check=True, env={"PATH": "/usr/bin:/bin", "HOME": str(here.folder)})  # fmt: skip
        before = (here.folder / FILE).read_text()
        assert opened(kind, here).work(assignment()).kind is Ending.NOTHING
        assert (here.folder / FILE).read_text() == before

    def test_a_missing_file_is_no_crash(self, kind: str, here: Box) -> None:
        (here.folder / FILE).unlink()
        assert opened(kind, here).work(assignment()).kind in tuple(Ending)


def test_an_assignment_is_json() -> None:
    table = json.loads(assignment().dump())
    assert table["paths"] == [FILE]
    assert table["findings"][0] == {"path": FILE, "line": 1, "rule": "F401", "text": "unused"}
