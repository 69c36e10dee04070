"""A server from its first beat to its clean end, with none, one or two repositories."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.app.online import online
from tests.app.shop import Shop, new_shop

from windlass import dispatch
from windlass.app import ServeSettings, Wish, open_serving
from windlass.app.binding import Bind
from windlass.app.leading import leader
from windlass.dispatch import TaskStatus
from windlass.kernel import Conflict, Denied


def until(done: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.1)
    return done()


def test_a_server_works_answers_and_hands_everything_back_at_the_end(any_shop: Shop) -> None:
    with online(any_shop, workers=1) as at:
        database, node = at.served.database, at.served.node.id
        (number,) = at.served.plants
        assert until(lambda: database.read(lambda tx: leader(tx, number)) == node)
        done = (TaskStatus.COMPLETED,)
        assert until(lambda: bool(database.read(lambda tx: dispatch.tasks(tx, number, done))))
        assert httpx.get(f"{at.url}/health").json() == {"status": "ok"}
        loops = {part.name: part for part in at.served.vitals.complete().parts}
        assert loops["loops"].status.value == "ok", loops["loops"]
    plant = any_shop.open()
    row = plant.database.read(lambda tx: tx.row("SELECT state, url FROM wl_node WHERE id = :n", n=node))
    assert row is not None
    assert (row["state"], row["url"]) == ("left", at.url)
    assert plant.database.read(lambda tx: leader(tx, number)) is None
    assert "import os" not in any_shop.outside.git("show", "main:shop/part_0.py")


def test_two_repositories_share_one_engine_and_keep_their_work_apart(shop: Shop, tmp_path: Path) -> None:
    other = new_shop(tmp_path / "other")
    wishes = [Wish(repo=shop.repo, land=True), Wish(repo=other.repo, land=True)]
    with online(shop, workers=1, wishes=wishes) as at:
        database = at.served.database
        assert len(at.served.plants) == 2

        def done() -> bool:
            found = [database.read(lambda tx, n=n: dispatch.tasks(tx, n)) for n in at.served.plants]
            return all(f and {one.status for one in f} == {TaskStatus.COMPLETED} for f in found)

        assert until(done, 120), [one.detail for one in at.served.vitals.complete().parts]
    for one in (shop, other):
        assert "import os" not in one.outside.git("show", "main:shop/part_0.py")


def test_a_server_without_a_repository_answers_but_takes_no_commits(shop: Shop) -> None:
    with online(shop, wishes=[]) as at:
        bearer = {"Authorization": f"Bearer {at.token()}"}
        answer = httpx.post(f"{at.url}/v1/tools/claim_task", json={}, headers=bearer)
        assert (answer.status_code, answer.json()) == (200, {"task": None})


def test_a_second_process_on_one_home_is_refused(shop: Shop) -> None:
    with (
        online(shop, wishes=[]),
        pytest.raises(Conflict, match="another windlass"),
        open_serving([], shop.env, ServeSettings()),
    ):
        pass


def test_a_place_that_others_can_reach_is_refused_before_anything_runs(shop: Shop) -> None:
    settings = ServeSettings(Bind("0.0.0.0", 7717))
    with pytest.raises(Denied, match="does not listen"), open_serving([], shop.env, settings):
        pass
    database = shop.open().database
    assert database.read(lambda tx: tx.scalar("SELECT count(*) FROM wl_node")) == 0
