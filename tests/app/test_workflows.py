"""What the workflows do with a real submission, and what becomes of those that break."""

import time
from collections.abc import Mapping

import pytest
from tests.app.shop import Bench, Shop, bench, held, running

from windlass import land
from windlass.app.engine import Engine
from windlass.app.workflows import BROKEN, LAND, TRIES_MAX, VERIFY, bodies, revive
from windlass.dispatch import Submission, TaskStatus
from windlass.land import Landing, LandingState
from windlass.store import Started

GREEN: Mapping[str, object] = {"fast": ["true"], "pr": ["true"]}
RED: Mapping[str, object] = {"fast": ['grep -q "import os" shop/part_0.py'], "pr": ["true"]}
"""Passes on main and not on the mended tree."""
UNCLEAR: Mapping[str, object] = {"fast": ["no-such-program"], "pr": ["true"]}


def judged(shop: Shop, verify: Mapping[str, object], **wish: bool) -> tuple[Bench, Started, Submission]:
    """Do the work and run the body of its verification."""
    start = Started()
    plant = shop.open(**wish)
    plant.mirror.sync(plant.checkout)
    at = bench(plant, start, verify=verify)
    submission = at.submit()
    bodies(at.site)[VERIFY](task=submission.task_id, fence=submission.fence)
    return at, start, submission


def waiting(shop: Shop) -> tuple[Bench, Started, Submission]:
    """Work that passed while another landing held the branch."""
    plant, start = shop.open(land=True), Started()
    plant.mirror.sync(plant.checkout)
    at = bench(plant, start, verify=GREEN)
    submission = at.submit()
    with held(at):
        bodies(at.site)[VERIFY](task=submission.task_id, fence=submission.fence)
    return at, start, submission


def landing_of(at: Bench, submission: Submission) -> Landing:
    [found] = at.read(lambda tx: land.landings(tx, at.plant.repository.id, task=submission.task_id))
    return found


@pytest.mark.parametrize("lands", [True, False])
def test_what_passed_goes_on_its_way_to_the_branch(shop: Shop, lands: bool) -> None:
    main = shop.outside.git("rev-parse", "main")
    at, start, submission = judged(shop, GREEN, land=lands)
    done = landing_of(at, submission)
    assert done.mode is (land.Mode.LAND if lands else land.Mode.PROPOSE)
    assert done.state is (LandingState.LANDED if lands else LandingState.PROPOSED)
    assert (shop.outside.git("rev-parse", "main") == main) is not lands
    assert at.task(submission.task_id).status is TaskStatus.COMPLETED
    branch = "main" if lands else f"windlass/{submission.task_id}"
    assert "import os" not in shop.outside.git("show", f"{branch}:shop/part_0.py")
    assert not any(key.startswith("land:") for key in start.keys), "one body did both"


@pytest.mark.parametrize("name", [VERIFY, LAND])
def test_a_landing_that_waits_is_brought_on_by_whoever_is_started_for_it(shop: Shop, name: str) -> None:
    at, _, submission = waiting(shop)
    landing = landing_of(at, submission)
    assert landing.state is LandingState.QUEUED
    task = {"task": submission.task_id, "fence": submission.fence}
    bodies(at.site)[name](**{LAND: {"landing": landing.id}, VERIFY: task}[name])
    assert landing_of(at, submission).state is LandingState.LANDED


def test_what_failed_goes_back_with_the_reasons(shop: Shop) -> None:
    at, start, submission = judged(shop, RED)
    task = at.task(submission.task_id)
    assert task.status is TaskStatus.PENDING
    assert "grep" in task.note
    assert not any(key.startswith("land:") for key in start.keys)
    assert at.read(lambda tx: land.landings(tx, at.plant.repository.id)) == []


def test_what_cannot_be_judged_waits_for_a_person(shop: Shop) -> None:
    at, start, submission = judged(shop, UNCLEAR)
    task = at.task(submission.task_id)
    assert task.status is TaskStatus.BLOCKED
    assert task.note.startswith("could not be verified: ")
    assert not any(key.startswith("land:") for key in start.keys)


def test_a_task_that_was_taken_away_is_not_judged_again(shop: Shop) -> None:
    at, _, submission = judged(shop, UNCLEAR)
    before = at.read(lambda tx: tx.scalar("SELECT max(seq) FROM wl_event"))
    bodies(at.site)[VERIFY](task=submission.task_id, fence=submission.fence)
    assert at.read(lambda tx: tx.scalar("SELECT max(seq) FROM wl_event")) == before


def turn(at: Bench, engine: Engine, number: int) -> None:
    """Revive until the task is not under review any more."""
    until = time.monotonic() + 30
    while at.task(number).status is TaskStatus.REVIEW_NEEDED and time.monotonic() < until:
        revive(at.site, engine)
        while engine.running():
            time.sleep(0.02)


def test_a_verification_that_breaks_three_times_blocks_its_task(any_shop: Shop) -> None:
    plant = any_shop.open()
    plant.mirror.sync(plant.checkout)
    with running(plant, bodies, verify={"python": ["no", "text"]}) as (at, engine):
        submission = at.submit()
        turn(at, engine, submission.task_id)
        task = at.task(submission.task_id)
        assert task.status is TaskStatus.BLOCKED
        assert f"its verification broke {TRIES_MAX} times" in task.note
        assert BROKEN in task.note
        assert len(at.events(BROKEN)) == TRIES_MAX
        assert revive(at.site, engine) == []


def test_a_landing_that_breaks_three_times_blocks_its_task_and_frees_the_branch(shop: Shop) -> None:
    before, _, submission = waiting(shop)
    plant = before.plant
    with running(plant, bodies, verify=GREEN) as (at, engine):
        (plant.mirror.git_dir / "config").write_text("[broken")
        landing = landing_of(at, submission)
        key = f"land:{submission.task_id}:{submission.fence}"
        plant.database.write(lambda tx: engine.start(tx, LAND, key, landing=landing.id))
        while engine.running():
            time.sleep(0.02)
        turn(at, engine, submission.task_id)
        task = at.task(submission.task_id)
        assert task.status is TaskStatus.BLOCKED, task
        assert f"its landing broke {TRIES_MAX} times" in task.note
        while engine.running():
            time.sleep(0.02)
        assert landing_of(at, submission).state is LandingState.EJECTED


def test_a_submission_without_a_workflow_gets_one(any_shop: Shop) -> None:
    """As if the engine's tables had been lost: the task row alone is enough."""
    plant = any_shop.open()
    plant.mirror.sync(plant.checkout)
    submission = bench(plant, Started()).submit()
    with running(plant, bodies, verify=GREEN) as (at, engine):
        revive(at.site, engine)
        until = time.monotonic() + 30
        while at.task(submission.task_id).status is TaskStatus.REVIEW_NEEDED and time.monotonic() < until:
            time.sleep(0.05)
            revive(at.site, engine)
        assert at.task(submission.task_id).status is TaskStatus.COMPLETED
