"""Scenes whose programs run for real, in the sandbox."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest
from tests.support.environments import shared

from windlass.backlog import Repository
from windlass.dispatch import Folders, Site
from windlass.kernel import Tools, system_clock
from windlass.policy import Scope
from windlass.sandbox import Limits, as_run, open_launcher, probe
from windlass.store import Started, migrate, open_database
from windlass.verify import Reading
from windlass.verify.check import CHECKS
from windlass.verify.lab import labs
from windlass.verify.settings import parse_settings
from windlass.workspace import Author, Checkout, Mirror


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all checks."""
    if not probe().ok:
        pytest.skip(f"no sandbox: {probe().reason}")
    top = tmp_path_factory.mktemp("checks")
    database = open_database(f"sqlite:///{top}/windlass.db")
    migrate(database)
    attempts, checkouts, environments, patches, trash = (top / name for name in "abcde")
    yield Site(
        database=database, repository=Repository(1, "demo", str(top), "main"),
        checkout=Checkout.__new__(Checkout),
        mirror=Mirror.create(top / "home"), launcher=open_launcher(),
        folders=Folders(attempts, checkouts, environments, patches, trash), clock=system_clock,
        start=Started(),
        scope=Scope(), author=Author("windlass", "windlass@localhost"), runners={}, node="test", verify={},
        autonomy="land", land=True,
    )  # fmt: skip
    database.close()


Read = Callable[..., Reading]


@pytest.fixture
def read(place: Site) -> Read:
    """Read one kind of check on a tree of files, with further requirements where asked."""

    def run(
        kind: str, files: Mapping[str, bytes], *, only: tuple[str, ...] = (), needs: tuple[str, ...] = (),
        table: Mapping[str, object] | None = None, coverage: bool = False, wall_s: float = 60,
        reach_s: float = 0.0,
    ) -> Reading:  # fmt: skip
        settings = parse_settings({"requirements": needs or ("pytest",), "environments": str(shared())})
        tree = place.mirror.write_tree(files)
        tools = Tools(system_clock, as_run(place.launcher, (), "/", {}, Limits()), os.environ.__getitem__)
        with labs(place, settings, (tree,)) as (lab,):
            scene = lab.scene(only=only, changed=(), wall_s=wall_s, coverage=coverage)
            return CHECKS.open(kind, table or {}, tools).read(replace(scene, reach_s=reach_s))

    return run
