"""A tended repository whose main is on a small GitHub."""

from dataclasses import replace
from functools import partial

import pytest
from tests.land.conftest import Plant, make_site, make_user_repository
from tests.support import github

from windlass import pulls
from windlass.forge import FORGES
from windlass.kernel import Tools
from windlass.land import Landing, Mode

MODES = {"land": Mode.LAND, "propose": Mode.PROPOSE}


class House:
    """The plant, the hub, and what both are asked in tests."""

    def __init__(self, plant: Plant, hub: github.GitHub) -> None:
        self.plant, self.hub = plant, hub
        self.git = partial(plant.git, "-C", str(hub.path))
        self.opens()

    def opens(self, *, queue: str = "", **settings) -> None:
        table = {"url": str(self.hub.path), "api": self.hub.root, "repository": github.REPOSITORY}
        settings["queue"] = queue
        tools = Tools(self.plant.clock, None, lambda _: github.TOKEN)
        forge = FORGES.open("github", {**table, "token": "env:T", **settings}, tools)
        checkout = replace(self.plant.site.checkout, trunk=f"{forge.trunk}heads/main")
        self.plant.site = replace(self.plant.site, forge=forge, checkout=checkout)

    def tick(self) -> None:
        pulls.tick(self.plant.site)

    def done(self, files, mode: str = "propose", **options) -> Landing:
        """A change, brought as far as it gets."""
        task, fence = self.plant.submitted(files, **options)
        return self.plant.run(self.plant.queue(task, fence, MODES[mode]))

    def told(self, landing: Landing, kind: str) -> list[dict]:
        return self.plant.told(landing.task_id, kind)

    def branches(self) -> list[str]:
        return self.git("branch", "--format=%(refname:short)").split()


@pytest.fixture
def house(sqlite, tmp_path, clock):
    user = make_user_repository(tmp_path / "user")
    plant = Plant(make_site(sqlite, tmp_path / "home", user, clock), user, clock)
    host = tmp_path / "host.git"
    plant.git("clone", "-q", "--bare", str(user), str(host))
    with github.serving(host) as hub:
        yield House(plant, hub)
