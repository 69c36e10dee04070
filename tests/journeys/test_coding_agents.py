"""Real coding agents mend failing tests: found, leased, done in the box, verified, landed. No key is needed.

Codex, OpenCode and Gemini CLI come by npm, about a gigabyte in all, once into a folder of the user's cache.
Where npm cannot get them these tests are skipped, with a word.
"""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.journeys.coding import MENDED, RUN_S, Seat, fix, have, landed, record, run, seated
from tests.journeys.fleet import until
from tests.journeys.plant import Plant
from windlass.dispatch import AttemptRecord, Outcome, Task, TaskStatus
from windlass.scripted import Fault, FaultKind, Run

pytestmark = pytest.mark.slow
TOLD = "told to stop, it ended its prompt"
STALLS = Fault(FaultKind.STALL, step=1, after_s=3_600, times=1)
"""Half of the second answer comes, and no more."""
REAL = {"codex": "TODO", "opencode": "F507", "gemini": "F524", "codex-acp": "XXX", "opencode-acp": "F821"}
"""How the defect is found that each of them mends; the last two speak ACP."""
ACP = ("codex-acp", "opencode-acp")


def test_real_agents_mend_what_a_run_found_and_it_lands(tmp_path: Path) -> None:
    seats = [Seat(name.replace("-", "_"), name, tag) for name, tag in REAL.items()]
    with seated(tmp_path, seats) as plant:
        run(plant)
        landed(plant, seats)


@pytest.mark.nightly
def test_the_others_mend_what_a_run_found_too(tmp_path: Path) -> None:
    presets = {"gemini-acp": "TODO", "scripted": "F507", "scripted-acp": "F524"}
    seats = [Seat(name.replace("-", "_"), name, tag) for name, tag in presets.items()]
    with seated(tmp_path, seats) as plant:
        run(plant)
        landed(plant, seats)


@pytest.mark.nightly
@pytest.mark.parametrize("name", [*REAL, "gemini-acp"])
def test_a_real_agent_bears_bad_days(tmp_path: Path, name: str) -> None:
    plant = Plant(tmp_path)
    have(plant, [name])
    done = plant.windlass("agent", "test", name, "--json", timeout_s=1_800)
    failed = [step for step in json.loads(done.stdout) if step["state"] == "fail"]
    assert (done.returncode, failed) == (0, []), done.stderr


@pytest.mark.parametrize("preset", [ACP[0], pytest.param(ACP[1], marks=pytest.mark.nightly)])
def test_over_acp_one_is_refused_one_cancelled_one_killed_and_two_go_on(tmp_path: Path, preset: str) -> None:
    hang = Run("sleep 3600")
    refused = Seat("refused", preset, "TODO", more='refuse = ["edit", "execute", "delete", "move", "other"]')
    cancelled = Seat("cancelled", preset, "XXX", (Run("true"), hang, fix("cancelled")), more="acts_max = 1")
    killed = stalled(preset)
    with seated(tmp_path, [refused, cancelled, killed]) as plant:
        child = started(plant, killed)
        kill_agent(plant, record(plant)["killed"][0].id)
        assert child.wait(RUN_S) == 0
        told = record(plant)

        task, (attempt,) = told["refused"]
        assert (task.status, attempt.outcome) == (TaskStatus.COMPLETED, Outcome.NOTHING)
        assert attempt.detail.startswith("nothing: refused execute: "), attempt.detail
        assert "a - b" in plant.git("show", "main:shop/refused.py")

        first = went_on(plant, told["cancelled"], "cancelled")
        assert first.outcome is Outcome.FAILED
        assert first.detail == f"turns: it used tools more than 1 times; {TOLD}: cancelled"

        first = went_on(plant, told["killed"], "killed")
        assert first.detail.startswith("crashed: it ended with -9")
        assert left(plant, first).endswith("# begun")


@pytest.mark.nightly
@pytest.mark.parametrize("preset", ACP)
def test_over_acp_a_run_that_is_killed_mid_turn_is_gone_on_with(tmp_path: Path, preset: str) -> None:
    killed = stalled(preset)
    with seated(tmp_path, [killed]) as plant:
        child = started(plant, killed)
        child.kill()
        child.wait()
        assert plant.leftovers() == []
        run(plant)
        first = went_on(plant, record(plant)["killed"], "killed")
        assert left(plant, first).endswith("# begun")


def stalled(preset: str) -> Seat:
    """One whose first attempt begins, and then hears half of an answer; some count what they heard of it."""
    steps = (Run("echo '# begun' >> shop/killed.py"), fix("killed"), fix("killed"))
    return Seat("killed", preset, "F821", steps, (STALLS,))


def started(plant: Plant, seat: Seat) -> "subprocess.Popen[str]":
    """A run that has come to where the model of a seat stalls."""
    child = plant.start("run", "--repo", str(plant.repo), "--land")
    until(lambda: any(one.outcome == "stall" for one in seat.seen), RUN_S, "a model that stalls")
    return child


def left(plant: Plant, attempt: AttemptRecord) -> str:
    """Its file as an attempt that did not end left it: its snapshot."""
    (mirror,) = (plant.home / "mirrors").glob("*/repo.git")
    name = f"refs/windlass/snapshots/{attempt.task_id}/{attempt.fence}"
    return plant.git("--git-dir", str(mirror), "show", f"{name}:shop/killed.py")


def went_on(plant: Plant, told: tuple[Task, list[AttemptRecord]], name: str) -> AttemptRecord:
    """The first of two attempts; the second one landed, and did only what the first had not come to."""
    task, (first, second) = told
    assert (task.status, second.outcome) == (TaskStatus.COMPLETED, Outcome.SUBMITTED), (first, second)
    assert plant.git("show", f"main:shop/{name}.py") == MENDED
    return first


def kill_agent(plant: Plant, task: int) -> None:
    """Kill -9 what works on a task in its box: every program that has the task's own folder for its home."""
    home = f"HOME={plant.home}/attempts/state/{task}.".encode()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if home in (place / "environ").read_bytes():
                os.kill(int(place.name), signal.SIGKILL)
        except OSError:
            continue
