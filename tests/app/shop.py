"""A small real repository under care: plant, site and engine put together as a run puts them together."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.journeys.plant import Plant as Outside

from windlass import backlog, dispatch
from windlass.app.engine import Body, Engine
from windlass.app.wiring import Plant, Wish, open_plant, site_of
from windlass.backlog import ItemState
from windlass.dispatch import Site, Submission, TaskStatus
from windlass.land import Landing, LandingState, Mode, records
from windlass.land.model import Cause
from windlass.store import Starter, Transaction

PROJECT = '[project]\nname = "shop"\nversion = "0.1"\n[tool.ruff.lint]\nselect = ["F", "W"]\n'
UNUSED = "import os\n\n\ndef total(prices):\n    return sum(prices)\n"
CLEAN = "def total(prices):\n    return sum(prices)\n"
PATHS = ("shop/part_0.py",)


@dataclass
class Shop:
    """A repository with one or more files to mend, seen from outside and, once opened, from inside."""

    outside: Outside
    opened: list[Plant] = field(default_factory=list)

    @property
    def repo(self) -> Path:
        return self.outside.repo

    @property
    def home(self) -> Path:
        return self.outside.home

    @property
    def env(self) -> Mapping[str, str]:
        return self.outside.env

    def commit(self, files: Mapping[str, str]) -> str:
        """Commit these files onto main."""
        for name, text in files.items():
            path = self.repo / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.outside.git("add", "-A")
        self.outside.git("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "-qm", "Work")
        return self.outside.git("rev-parse", "HEAD")

    def open(self, **wish: Any) -> Plant:
        plant = open_plant(Wish(repo=self.repo, **wish), self.env)
        self.opened.append(plant)
        return plant

    def close(self) -> None:
        for plant in self.opened:
            plant.database.close()


def new_shop(
    folder: Path, *, files: int = 1, database: str = "", env: Mapping[str, str] | None = None
) -> Shop:
    """`files`: how many files there are to mend, one in each task."""
    named = {"WINDLASS_DISPATCH_WORKERS": "1", "WINDLASS_AUTONOMY_MAX_FILES": "1", **(env or {})}
    outside = Outside(folder, database=database, more_env=named)
    (folder / "user").mkdir(parents=True)
    outside.repo.mkdir()
    outside.git("init", "-q", "-b", "main")
    shop = Shop(outside)
    shop.commit({"pyproject.toml": PROJECT, **{f"shop/part_{n}.py": UNUSED for n in range(files)}})
    return shop


@dataclass
class Bench:
    """One plant at work in this process; `site` can be changed before bodies are made."""

    plant: Plant
    site: Site

    def file(self, *paths: str, runner: str = "mechanic", state: ItemState = ItemState.ACTIVE) -> int:
        """An item, and one task for it."""
        chosen = paths or PATHS
        spec = dispatch.Spec(
            runner, chosen, ("F401",),
            tuple(dispatch.FindingRef(path, 1, "F401", "unused") for path in chosen), "mend it",
        )  # fmt: skip
        repository = self.plant.repository.id

        def work(tx: Transaction) -> int:
            number = len(backlog.items(tx, repository))
            draft = backlog.Draft(
                f"test:{number}", f"Mend {number}", dispatch.Spec.ORDERED, "F401", "technical-debt"
            )
            item = backlog.add_item(tx, repository, draft, tx.now())
            for new in (ItemState.ROUTED, ItemState.ACTIVE)[: 2 if state is ItemState.ACTIVE else 1]:
                backlog.move_item(tx, item.id, new, tx.now())
            return dispatch.add_task(
                tx, repository_id=repository, item_id=item.id,
                lane=dispatch.lane_id(tx, repository, runner), kind="fix", title="Mend", spec=spec,
                wsjf=2.0, base=self.plant.mirror.ref(self.site.main_ref) or "", now=tx.now(),
            )  # fmt: skip

        return self.plant.database.write(work)

    def submit(self) -> Submission:
        """File a task and let the mechanic do it."""
        task = self.file()
        worked = dispatch.work_once(self.site, "w1")
        assert worked is not None
        assert worked.status is TaskStatus.REVIEW_NEEDED, worked
        return self.read(lambda tx: dispatch.submission(tx, task, worked.fence))

    def read(self, look: Callable[[Transaction], Any]) -> Any:
        return self.plant.database.read(look)

    def task(self, number: int) -> dispatch.Task:
        found: dispatch.Task = self.read(lambda tx: dispatch.task(tx, number))
        return found

    def events(self, kind: str) -> list[Mapping[str, Any]]:
        rows = self.read(lambda tx: tx.rows("SELECT data FROM wl_event WHERE kind = :k ORDER BY seq", k=kind))
        return [row["data"] for row in rows]


def bench(plant: Plant, start: Starter, **changes: Any) -> Bench:
    return Bench(plant, replace(site_of(plant, start, "node-test"), **changes))


@contextmanager
def running(
    plant: Plant, bodies: Callable[[Site], Mapping[str, Body]], **changes: Any
) -> Iterator[tuple[Bench, Engine]]:
    """A bench whose workflows really run."""
    engine = Engine(plant.database, node="node-test", concurrency={})
    at = bench(plant, engine.start, **changes)
    engine.launch(bodies(at.site))
    try:
        yield at, engine
    finally:
        engine.close()


@contextmanager
def held(at: Bench) -> Iterator[None]:
    """The landing of other work holds the branch for the block."""
    repository, other = at.plant.repository, at.file("shop/other.py")

    def take(tx: Transaction) -> Landing:
        now = tx.now()
        where = {"branch": repository.main, "mode": Mode.LAND}
        number = records.add(tx, repository.id, other, 1, **where, now=now)
        assert records.take_slot(tx, records.landing(tx, number), now)
        return records.landing(tx, number)

    holder = at.plant.database.write(take)
    yield
    end = partial(records.stop, new=LandingState.EJECTED, cause=Cause.STALE, reason="", now=at.site.clock())
    at.plant.database.write(lambda tx: end(tx, holder))
