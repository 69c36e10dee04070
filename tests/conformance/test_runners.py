"""What every runner kind must do, whoever wrote it: built in or installed."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from windlass.dispatch import RUNNERS, Assignment, Ending, FindingRef, Offer, Runner
from windlass.kernel import Invalid, Ran, Tools

FILE = "src/a.py"
TEXT = "import os\nimport sys\n\nprint(sys.argv)\n"

SETTINGS: dict[str, dict[str, object]] = {
    "mechanic": {},
    "command": {"command": ["/bin/sh", "-c", "sed -i '/^import os$/d' src/a.py"]},
    "outside": {"lane": "backend"},
}
"""Settings with which a kind removes an unused import. A kind that is not listed is asked what all must
answer.
"""


class Here:
    """`kernel.Run` in a folder of ours: the conformance of runners needs no sandbox, their custody is
    tested there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = 0

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        self.calls += 1
        began = time.monotonic()
        ruff = Path(RUFF).parent
        environment = {"PATH": f"/usr/bin:/bin:{ruff}", "HOME": str(self.folder), **(env or {})}
        try:
            done = subprocess.run(
                list(argv), cwd=self.folder, input=stdin, env=environment, capture_output=True, timeout=timeout_s,  # noqa: E501
                check=False,
            )  # fmt: skip
        except FileNotFoundError:
            return Ran(127, b"", b"not found", 0.0)
        except subprocess.TimeoutExpired:
            return Ran(None, b"", b"", timeout_s)
        return Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - began)


RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "/usr/bin/ruff"


def no_secret(name: str) -> str:
    raise AssertionError(f"asked for the secret {name}")


def assignment(**more: object) -> Assignment:
    table: dict[str, object] = {
        "task": 1, "fence": 1, "attempt": 1, "title": "Remove it", "instructions": "", "source": "ruff",
        "category": "technical-debt", "rules": ("F401",), "paths": (FILE,),
        "findings": (FindingRef(FILE, 1, "F401", "unused"),), "feedback": "", "base": "0" * 40,
        "branch": "windlass/1/1",
    }  # fmt: skip
    return Assignment(**{**table, **more})


@pytest.fixture
def here(tmp_path: Path) -> Here:
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
    return Here(tmp_path)


def opened(kind: str, here: Here) -> Runner:
    return RUNNERS.open(kind, SETTINGS[kind], Tools(lambda: 1.0, here, no_secret))


@pytest.mark.parametrize("kind", RUNNERS.kinds())
class TestEveryRunner:
    def test_it_has_settings_for_this_suite(self, kind: str) -> None:
        assert kind in SETTINGS

    def test_accepting_runs_nothing(self, kind: str, here: Here) -> None:
        offer = Offer("ruff", "F401", "technical-debt", True, (FILE,))
        assert opened(kind, here).accepts(offer) is True
        assert here.calls == 0

    def test_unknown_settings_are_refused_by_name(self, kind: str, here: Here) -> None:
        with pytest.raises(Invalid, match="no_such_setting"):
            RUNNERS.open(kind, {**SETTINGS[kind], "no_such_setting": 1}, Tools(lambda: 1.0, here, no_secret))

    def test_it_works_or_it_names_the_lane_where_others_do(self, kind: str, here: Here) -> None:
        made = opened(kind, here)
        assert isinstance(made, Runner) or made.lane == SETTINGS[kind]["lane"]


@pytest.mark.parametrize("kind", sorted(set(RUNNERS.kinds()) - {"outside"}))
class TestEveryRunnerThatWorks:
    def test_it_says_changed_and_has_changed_the_tasks_files_alone(self, kind: str, here: Here) -> None:
        outcome = opened(kind, here).work(assignment())
        assert outcome.kind is Ending.CHANGED, outcome
        assert "import os" not in (here.folder / FILE).read_text()
        assert (here.folder / "src/b.py").read_text() == TEXT

    def test_doing_it_again_changes_nothing(self, kind: str, here: Here) -> None:
        opened(kind, here).work(assignment())
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "y"], cwd=here.folder,  # noqa: E501
                       check=True, env={"PATH": "/usr/bin:/bin", "HOME": str(here.folder)})  # fmt: skip
        before = (here.folder / FILE).read_text()
        assert opened(kind, here).work(assignment()).kind is Ending.NOTHING
        assert (here.folder / FILE).read_text() == before

    def test_a_missing_file_is_no_crash(self, kind: str, here: Here) -> None:
        (here.folder / FILE).unlink()
        assert opened(kind, here).work(assignment()).kind in tuple(Ending)


def test_an_assignment_is_json() -> None:
    table = json.loads(assignment().dump())
    assert table["paths"] == [FILE]
    assert table["findings"][0] == {"path": FILE, "line": 1, "rule": "F401", "text": "unused"}
