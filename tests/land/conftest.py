"""A real repository of a user, a mirror, a database, and tasks that were worked on and submitted."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from windlass import backlog, dispatch, events, land
from windlass.backlog import ItemState
from windlass.dispatch import Folders, Site, Spec, Submission
from windlass.kernel import Clock, FixedClock
from windlass.policy import Scope
from windlass.sandbox import open_launcher
from windlass.store import Database, Started
from windlass.verify import Judgement, Outcome, Reading
from windlass.verify.patch import Patch
from windlass.workspace import Author, Checkout, Mirror

BASE = {"a.txt": b"one\ntwo\nthree\n", "b.txt": b"alpha\nbeta\n", "sub/c.txt": b"deep\n"}


def git(path: Path, *args: str) -> str:
    """Git as the user runs it."""
    who = ["-c", "user.name=U", "-c", "user.email=u@example.org"]
    done = subprocess.run(["git", "-C", str(path), *who, *args], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@dataclass
class Gate:
    """A small real judge: everything is green but the trees named red or unknown, those that hold a bad file,
    and those that hold all of the files that are at odds.
    """

    bad: set[str] = field(default_factory=set)
    at_odds: frozenset[str] = frozenset()
    red: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    paths_max: int = 1_000
    judged: list[str] = field(default_factory=list)
    coverage: dict[str, float] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    patch: Patch = field(default_factory=Patch)
    during: Callable[[], None] = lambda: None

    def __call__(self, site: Site, tree: str, base_tree: str, changed: Sequence[str]) -> Judgement:
        self.judged.append(tree)
        self.during()
        held = {one.path for one in site.mirror.files(tree)}
        odd = bool(self.at_odds) and self.at_odds <= held
        outcome = Outcome.FAILED if held & self.bad or odd or tree in self.red else Outcome.PASSED
        outcome = Outcome.UNKNOWN if tree in self.unknown or len(changed) > self.paths_max else outcome
        reasons = () if outcome is Outcome.PASSED else ("test_x fails",)
        return Judgement(
            tree=tree,
            base_tree=base_tree,
            outcome=outcome,
            reasons=reasons,
            known=(),
            flaky=(),
            deferred=(),
            seconds=0.0,
            tiers=(0,),
            readings=tuple(Reading(c, outcome, metrics={"coverage": v}) for c, v in self.coverage.items()),
            doubts=self.doubts,
            patch=self.patch.of(changed),
        )


@dataclass
class Plant:
    """One tended repository with everything the land room needs."""

    site: Site
    user: Path
    clock: FixedClock
    gate: Gate = field(default_factory=Gate)
    made: int = 0

    @property
    def database(self) -> Database:
        return self.site.database

    def submitted(
        self,
        files: Mapping[str, bytes | None],
        *,
        base: str | None = None,
        sandbox: str = "bwrap",
        title: str = "",
    ) -> tuple[int, int]:
        """An item, its task, an attempt and its pinned submission (None deletes a file)."""
        mirror, now = self.site.mirror, self.clock()
        self.made += 1
        base = base or mirror.sync(self.site.checkout)
        content = {e.path: next(iter(mirror.blobs([e.oid], 1 << 20)))[1] or b"" for e in mirror.files(base)}
        for path, text in files.items():
            content.pop(path, None)
            if text is not None:
                content[path] = text
        tree = mirror.write_tree(content)
        commit = mirror.commit(tree, [base], f"work {self.made}", Author("agent", "agent@localhost"), now)
        task_id, lease = self.claimed(base, title or f"Fix number {self.made}")
        mirror.set_ref(lease.pin, commit, expected=None)
        work = Submission(
            task_id=task_id,
            fence=lease.fence,
            commit=commit,
            tree=tree,
            base=base,
            files=tuple(sorted(files)),
            lines=1,
            sandbox=sandbox,
        )
        self.database.write(
            lambda tx: dispatch.submit(tx, dispatch.hold(tx, lease, now), work, self.site.start, now)
        )
        return task_id, lease.fence

    def claimed(self, base: str, title: str) -> tuple[int, dispatch.Lease]:
        repository = self.site.repository.id

        def claim(tx):
            now = self.clock()
            item = backlog.add_item(tx, repository, backlog.Draft(key=f"k{self.made}", title=title), now)
            for state in (ItemState.ROUTED, ItemState.ACTIVE):
                backlog.move_item(tx, item.id, state, now)
            lane = dispatch.lane_id(tx, repository, "normal")
            spec = Spec(runner="mechanic", paths=("a.txt",))
            dispatch.add_task(
                tx,
                repository_id=repository,
                item_id=item.id,
                lane=lane,
                kind="fix",
                title=title,
                spec=spec,
                wsjf=2.0,
                base=base,
                now=now,
            )
            got = dispatch.claim(tx, [lane], "w1", "n1", now)
            assert got is not None
            return got

        task, lease = self.database.write(claim)
        return task.id, lease

    def git(self, *args: str) -> str:
        return git(self.user, *args)

    def queue(self, task_id: int, fence: int, mode: land.Mode) -> int:
        site = self.site
        return self.database.write(
            lambda tx: land.enqueue(
                tx,
                site.repository.id,
                task_id,
                fence,
                branch=site.repository.main,
                mode=mode,
                start=site.start,
                now=self.clock(),
            )
        )

    def run(self, landing_id: int, **options) -> land.Landing:
        return land.run(self.site, landing_id, **{"judge": self.gate, **options})

    def lined_up(self, *names: str, **options) -> list[int]:
        """Changes that add one file each, submitted and queued to land, oldest first."""
        made = [self.submitted({name: name.encode()}, **options) for name in names]
        return [self.queue(task, fence, land.Mode.LAND) for task, fence in made]

    def settled(self, *landings: int, **options) -> list[land.Landing]:
        """Run these as their workflows would, until none of them moves any more."""
        for _ in range(20):
            found = [self.landing(one) for one in landings]
            moving = [one for one in found if one.state.moving]
            if not moving:
                return found
            for one in moving:
                self.run(one.id, **options)
        raise AssertionError(f"{moving} never end")

    def landing(self, landing_id: int) -> land.Landing:
        return self.database.read(lambda tx: land.landing(tx, landing_id))

    def told(self, task_id: int, kind: str) -> list[dict]:
        """The data of a task's events of one kind."""
        found = self.database.read(lambda tx: events.history(tx, task=task_id))
        return [event.data for event in found if event.kind == kind]

    def task(self, task_id: int) -> dispatch.Task:
        return self.database.read(lambda tx: dispatch.task(tx, task_id))

    def item_of(self, task_id: int) -> backlog.Item:
        item_id = self.task(task_id).item_id
        assert item_id is not None
        return self.database.read(lambda tx: backlog.item(tx, item_id))

    def with_scope(self, **limits) -> None:
        self.site = replace(self.site, scope=replace(self.site.scope, **limits))


def make_user_repository(path: Path) -> Path:
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    for name, text in BASE.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(text)
    git(path, "add", "-A")
    git(path, "commit", "-qm", "first")
    return path


def make_site(database: Database, home: Path, user: Path, clock: Clock) -> Site:
    checkout = Checkout.open(user)
    repository = database.write(lambda tx: backlog.tend(tx, "r", str(user), checkout.main, clock()))
    names = ("attempts", "checkouts", "environments", "patches", "trash")
    return Site(
        database=database,
        repository=repository,
        checkout=checkout,
        mirror=Mirror.create(home / "mirror"),
        launcher=open_launcher(trust=True),
        folders=Folders(*(home / name for name in names)),
        clock=clock,
        start=Started(),
        scope=Scope(daily_prs=1000),
        author=Author("windlass", "windlass@localhost"),
        runners={},
        node="n1",
        verify={},
        autonomy="land",
        land=True,
    )


@pytest.fixture
def plant(database: Database, tmp_path: Path, clock: FixedClock) -> Plant:
    user = make_user_repository(tmp_path / "user")
    return Plant(make_site(database, tmp_path / "home", user, clock), user, clock)
