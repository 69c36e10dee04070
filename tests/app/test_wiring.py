"""The composition root: from settings and a path to rooms that are ready."""

from pathlib import Path

import pytest
from tests.app.shop import Shop

from windlass.app import Wish, open_plant
from windlass.app.home import Home
from windlass.app.wiring import SETTINGS_MAX, new_demo, new_node_id, open_launcher, settings_place, site_of
from windlass.kernel import Denied, Invalid
from windlass.sandbox import Level
from windlass.store import Started


def test_the_same_repository_is_the_same_row_and_mirror_however_it_is_named(shop: Shop) -> None:
    one = shop.open()
    with open_plant(Wish(), {**shop.env, "WINDLASS_PROJECT_PATH": str(shop.repo / "shop")}) as two:
        assert two.repository.id == one.repository.id
        assert two.mirror == one.mirror
    with open_plant(Wish(), {**shop.env, "REPO_ROOT": str(shop.repo)}) as three:
        assert three.repository.id == one.repository.id


def test_two_repositories_of_one_name_stay_apart(shop: Shop) -> None:
    home = Home.open(shop.env)
    places = {settings_place(home, Path(path)) for path in ("/a/shop", "/b/shop", "/c/sh op/", "/d/...")}
    assert len(places) == 4
    assert all(place.is_relative_to(home.mirrors) for place in places)
    assert all("/../" not in str(place) and " " not in place.parent.name for place in places)


def test_the_owners_settings_go_before_those_inside_the_repository(shop: Shop) -> None:
    shop.outside.more_env.pop("WINDLASS_AUTONOMY_MAX_FILES")
    shop.commit({"windlass.toml": "[autonomy]\nmax_files = 3\nmax_lines = 7\n"})
    inside = shop.open()
    assert inside.config.autonomy.max_files == 3
    settings_place(inside.home, shop.repo).write_text("[autonomy]\nmax_files = 2\n")
    owned = shop.open()
    assert (owned.config.autonomy.max_files, owned.config.autonomy.max_lines) == (2, 7)
    assert site_of(owned, Started(), "n1").scope.max_files == 2


def test_a_repository_cannot_give_itself_more_rights(shop: Shop) -> None:
    """What lies in the tree is written by whoever may push; it can only ask for less."""
    shop.outside.more_env.pop("WINDLASS_AUTONOMY_MAX_FILES")
    default = shop.open().config.autonomy
    shop.commit(
        {"windlass.toml": f"[autonomy]\nlevel = 'unattended'\nmax_files = {default.max_files + 50}\n"}
    )
    try:
        plant = shop.open()
    except Invalid:
        return
    assert not plant.land
    assert plant.config.autonomy.max_files <= default.max_files


def test_a_settings_file_too_large_to_be_one_is_left_out(shop: Shop) -> None:
    shop.commit({"windlass.toml": "#" * (SETTINGS_MAX + 1)})
    assert shop.open().config.autonomy.max_files == 1


def test_the_main_branch_may_be_named(shop: Shop) -> None:
    shop.outside.git("branch", "trunk")
    shop.outside.more_env["WINDLASS_PROJECT_MAIN"] = "trunk"
    plant = shop.open()
    assert (plant.repository.main, plant.checkout.main) == ("trunk", "trunk")
    assert site_of(plant, Started(), "n1").main_ref == "refs/windlass/user/heads/trunk"


@pytest.mark.parametrize(
    ("level", "flag", "lands"),
    [("propose", False, False), ("propose", True, True), ("merge-on-green", False, True)],
)
def test_main_moves_only_when_somebody_said_so(shop: Shop, level: str, flag: bool, lands: bool) -> None:
    shop.outside.more_env["WINDLASS_AUTONOMY_LEVEL"] = level
    plant = shop.open(land=flag)
    assert plant.land is lands
    site = site_of(plant, Started(), "n1")
    assert (site.land, site.node, site.autonomy) == (lands, "n1", level)
    assert site.folders.attempts == plant.home.attempts


def test_only_the_owners_word_does_without_a_sandbox_and_only_where_none_works(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    careful, trusting = shop.open(), shop.open(trust=True)
    shop.outside.more_env["WINDLASS_SANDBOX_LEVEL"] = "none"
    configured = shop.open()
    assert [open_launcher(each).level for each in (careful, trusting, configured)] == [Level.BWRAP] * 3
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(Denied):
        open_launcher(careful)
    assert [open_launcher(each).level for each in (trusting, configured)] == [Level.NONE] * 2


def test_spend_that_nobody_could_measure_is_not_capped_in_appearance(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    shop.outside.more_env["WINDLASS_BUDGET_DAY_TURNS"] = "5"
    assert site_of(shop.open(trust=True), Started(), "n1").budget
    shop.outside.more_env["WINDLASS_BUDGET_TASK_DOLLARS"] = "1"
    with pytest.raises(Invalid, match="without a sandbox nobody sees"):
        site_of(shop.open(trust=True), Started(), "n1")


def test_every_demo_is_a_new_one(shop: Shop) -> None:
    home = Home.open(shop.env)
    one, two = new_demo(home), new_demo(home)
    assert one != two
    assert one.is_relative_to(home.path)
    assert (one / ".git").is_dir()


def test_a_node_never_comes_back_under_an_old_name() -> None:
    assert len({new_node_id() for _ in range(100)}) == 100
