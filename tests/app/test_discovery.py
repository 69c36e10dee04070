"""One pass over the sources, with a checkout only for those that run a tool."""

import pytest
from tests.app.shop import Shop

from windlass.app import Wish, look_for_work
from windlass.app.discovery import PREFIX, TreeRun, discover, sweep
from windlass.app.wiring import open_launcher, site_of
from windlass.backlog import Discovery
from windlass.kernel import Conflict, Invalid, NotFound, system_clock
from windlass.store import Started


def counts(shop: Shop) -> tuple[int, int]:
    database = shop.open().database
    return tuple(
        database.read(lambda tx, t=table: tx.scalar(f"SELECT count(*) FROM {t}"))
        for table in ("wl_item", "wl_finding")
    )


def look(shop: Shop, *, only: tuple[str, ...] = (), dry_run: bool = False) -> Discovery:
    return look_for_work(Wish(repo=shop.repo), shop.env, only=only, sarif=None, dry_run=dry_run)


def test_a_checkout_is_made_for_the_first_tool_and_removed_at_the_end(shop: Shop) -> None:
    plant = shop.open()
    commit = plant.mirror.sync(plant.checkout)
    folder = plant.home.checkouts
    run = TreeRun(plant.mirror, open_launcher(plant), folder, commit)
    assert list(folder.glob(f"{PREFIX}*")) == []
    for _ in range(2):
        ran = run(["cat", "shop/part_0.py"], timeout_s=20)
        assert (ran.exit_code, ran.stdout) == (0, (shop.repo / "shop/part_0.py").read_bytes())
    assert len(list(folder.glob(f"{PREFIX}*"))) == 1
    run.close()
    assert list(folder.glob(f"{PREFIX}*")) == []


def test_a_tool_sees_the_commit_and_cannot_change_it(shop: Shop) -> None:
    plant = shop.open()
    run = TreeRun(plant.mirror, open_launcher(plant), plant.home.checkouts, plant.mirror.sync(plant.checkout))
    (shop.repo / "shop/part_0.py").write_text("uncommitted\n")
    try:
        assert b"import os" in run(["cat", "shop/part_0.py"], timeout_s=20).stdout
        run(["sh", "-c", "echo changed > shop/part_0.py"], timeout_s=20)
        assert b"import os" in run(["cat", "shop/part_0.py"], timeout_s=20).stdout
    finally:
        run.close()


def test_what_killed_passes_left_is_swept(shop: Shop) -> None:
    folder = shop.open().home.checkouts
    for name in (f"{PREFIX}abc", ".fresh-1", "kept"):
        (folder / name).mkdir()
    assert sweep(folder) == 2
    assert [path.name for path in folder.iterdir()] == ["kept"]


def test_a_run_looks_with_every_source(shop: Shop) -> None:
    plant = shop.open()
    found = discover(plant, site_of(plant, Started(), "n1"))
    assert {tally.source for tally in found.tallies} == {"comments", "ruff"}
    assert found.opened == 1


def test_a_dry_run_writes_nothing(shop: Shop) -> None:
    dry = look(shop, dry_run=True)
    assert max(tally.found for tally in dry.tallies) > 0
    assert counts(shop) == (0, 0)
    look(shop)
    assert counts(shop) == (1, 1)
    assert list(shop.open().home.checkouts.glob(f"{PREFIX}*")) == []


def test_an_unknown_source_is_refused_with_the_known_ones(shop: Shop) -> None:
    with pytest.raises(Invalid) as refused:
        look(shop, only=("oracle",))
    assert "comments, ruff" in refused.value.hint


def test_only_one_at_a_time_looks(shop: Shop) -> None:
    with shop.open().home.own(system_clock()), pytest.raises(Conflict):
        look(shop)


def test_a_main_branch_that_is_gone_is_told(shop: Shop) -> None:
    plant = shop.open()
    shop.outside.git("branch", "-m", "main", "other")
    with pytest.raises(NotFound, match="main"):
        discover(plant, site_of(plant, Started(), "n1"))
