"""A remote as the settings name it: from `init` to the branch that work starts from."""

from pathlib import Path

import pytest
from tests.app.shop import Shop

from windlass.app.config_sections import Forge
from windlass.app.doctor import State
from windlass.app.forging import bring, forge_of
from windlass.app.preparing import diagnose, prepare
from windlass.forge import Rejected, Unreachable
from windlass.kernel import Invalid, NotFound
from windlass.workspace import Checkout


@pytest.fixture
def host(shop: Shop, tmp_path: Path) -> Path:
    path = tmp_path / "host.git"
    shop.outside.git("clone", "-q", "--bare", str(shop.repo), str(path))
    shop.outside.git("remote", "add", "origin", str(path))
    return path


def forge_finding(shop: Shop):
    return next((one for one in diagnose(shop.repo, shop.env) if one.name == "forge"), None)


def test_without_a_remote_the_repository_is_its_own_host(shop: Shop) -> None:
    plant = shop.open()
    assert (plant.forge, plant.checkout.trunk) == (None, "")
    assert forge_finding(shop) is None


def test_init_tries_the_remote_and_everything_starts_from_its_main(shop: Shop, host: Path) -> None:
    done = prepare(shop.repo, shop.env, write=False, dry_run=False, remote="origin")
    assert 'remote = "origin"' in done.text
    found = forge_finding(shop)
    assert found is not None
    assert (found.state, str(host) in found.seen) == (State.OK, True)
    ahead = shop.commit({"mine.txt": "not pushed\n"})
    plant = shop.open()
    assert plant.forge is not None
    bring(plant.forge, plant.mirror, plant.checkout)
    assert plant.mirror.sync(plant.checkout) != ahead
    host.rename(host.with_name("away.git"))
    bring(plant.forge, plant.mirror, plant.checkout)
    found = forge_finding(shop)
    assert found is not None
    assert (found.state, "did not answer" in found.seen) == (State.FAIL, True)


def test_work_begins_on_what_the_host_has_now(shop: Shop, host: Path) -> None:
    prepare(shop.repo, shop.env, write=False, dry_run=False, remote="origin")
    plant = shop.open()
    before = plant.main_now()
    pushed = shop.commit({"theirs.txt": "pushed\n"})
    shop.outside.git("push", "-q", "origin", "main")
    assert (plant.mirror.sync(plant.checkout), plant.main_now()) == (before, pushed)


def test_settings_are_those_of_the_main_that_counts(shop: Shop, host: Path) -> None:
    prepare(shop.repo, shop.env, write=False, dry_run=False, remote="origin")
    shop.open().main_now()
    shop.commit({"windlass.toml": "[autonomy]\nmax_lines = 7\n"})
    assert shop.open().config.autonomy.max_lines != 7
    shop.outside.git("push", "-q", "origin", "main")
    shop.open().main_now()
    assert shop.open().config.autonomy.max_lines == 7


def test_what_cannot_be_landed_on_is_told_by_init(shop: Shop, host: Path) -> None:
    with pytest.raises(NotFound):
        prepare(shop.repo, shop.env, write=False, dry_run=True, remote="gone")
    with pytest.raises(Unreachable):
        prepare(shop.repo, shop.env, write=False, dry_run=True, remote=str(host) + "x")
    with pytest.raises(Invalid):
        prepare(shop.repo, shop.env, write=False, dry_run=True, remote="ext::sh -c true")
    with pytest.raises(Invalid, match="owner's"):
        prepare(shop.repo, shop.env, write=True, dry_run=True, remote="origin")
    shop.outside.git("-C", str(host), "branch", "-m", "main", "other")
    with pytest.raises(Rejected, match="has no"):
        prepare(shop.repo, shop.env, write=False, dry_run=True, remote="origin")


def test_an_unknown_kind_is_told_with_the_known_ones(shop: Shop) -> None:
    with pytest.raises(NotFound, match="no forges plug-in"):
        forge_of(Forge(kind="gone", remote="/x"), Checkout.open(shop.repo))
