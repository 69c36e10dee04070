"""Examinations: what is good, what is a warning, what fails, and the fix that goes with it."""

from pathlib import Path

import pytest

from windlass.agents import preset_named
from windlass.app.doctor import State
from windlass.app.examining import CASES, Case, _case, examine
from windlass.app.home import Home
from windlass.app.programs import Installed, folder, write_record
from windlass.app.tryout import AFTER, BEFORE, Tried
from windlass.dispatch import Ending, RunnerOutcome
from windlass.sandbox import open_launcher
from windlass.scripted import Script


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open({"WINDLASS_HOME": str(tmp_path / "home")})


def look(home: Home, name: str) -> list[tuple[str, State, str]]:
    steps = examine(preset_named(name), home, open_launcher(trust=False))
    return [(step.name, step.state, step.fix) for step in steps]


def test_the_scripted_agent_does_a_task_in_the_sandbox(home: Home) -> None:
    assert look(home, "scripted-acp") == [("task", State.OK, "")]


def test_what_is_not_installed_says_how(home: Home) -> None:
    assert look(home, "codex") == [("installed", State.FAIL, "windlass agent add codex")]


def test_what_does_not_start_is_told_and_an_old_version_is_a_warning(home: Home) -> None:
    place = folder(home, "codex")
    (place / "bin").mkdir(parents=True)
    (place / "bin/codex").write_text("#!/bin/sh\necho broken >&2; exit 3\n")
    (place / "bin/codex").chmod(0o755)
    path = str(place / "bin")
    path = str(place / "bin")
    write_record(place, Installed("codex", "@openai/codex", "0.1.0", (str(place),), (path,)))
    assert look(home, "codex") == [
        ("installed", State.WARN, "windlass agent add codex (installs 0.169.0)"),
        ("starts", State.FAIL, "broken"),
    ]


@pytest.mark.parametrize(
    ("detail", "text", "state"),
    [
        ("auth: 401", BEFORE, State.OK), ("idle: silent", BEFORE, State.WARN),
        ("nothing", BEFORE, State.FAIL),
        ("auth: 401", AFTER, State.FAIL), ("crashed: x", BEFORE, State.FAIL),
    ],
)  # fmt: skip
def test_a_case_is_good_by_its_word_and_its_file(detail: str, text: str, state: State) -> None:
    tried = Tried(RunnerOutcome(Ending.FAILED, detail), text, 1.0, 2, 3)
    assert _case(Case("401", Script(), frozenset({"auth"})), tried).state is state


def test_each_case_has_a_name_and_a_word() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(case.words for case in CASES)
