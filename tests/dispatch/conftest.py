"""A desk (every dispatch call as one transaction) and a real site: git, mirror, sandbox, database."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from windlass import dispatch
from windlass.dispatch import (
    FindingRef,
    Folders,
    Lease,
    Outcome,
    RunnerSpec,
    Site,
    Spec,
    Submission,
    Task,
    TaskStatus,
)
from windlass.dispatch.records import release_node
from windlass.kernel import FixedClock
from windlass.policy import Scope
from windlass.sandbox import Launcher, open_launcher, probe
from windlass.store import Database, Started
from windlass.workspace import Author, Checkout, Mirror

OID = "a" * 40


@dataclass
class Desk:
    """Each method is one transaction at the database's own time."""

    database: Database
    started: Started = field(default_factory=Started)
    repository: int = 1

    def file(self, *, runner: str = "mechanic", paths: Sequence[str] = ("src/a.py",), wsjf: float = 2.0,
             needs: Sequence[int] = (), attempts_max: int = 3, rules: Sequence[str] = ("F401",),
             lane: str | None = None, base: str = OID, item: int | None = None) -> int:  # fmt: skip
        spec = Spec(
            runner, tuple(paths), tuple(rules), (FindingRef(paths[0], 1, "F401", "unused"),), "fix it"
        )

        def work(tx: Any) -> int:
            return dispatch.add_task(
                tx, repository_id=self.repository, item_id=item,
                lane=dispatch.lane_id(tx, self.repository, lane or runner), kind="fix",
                title="Remove unused imports", spec=spec, wsjf=wsjf, base=base, now=tx.now(), needs=needs,
                attempts_max=attempts_max,
            )  # fmt: skip

        return self.database.write(work)

    def claim(self, worker: str = "w1", *, lanes: Sequence[str] = ("mechanic",), node: str = "n1",
              ttl_s: float = 300.0, threshold: float = 0.0) -> tuple[Task, Lease] | None:  # fmt: skip
        def work(tx: Any) -> tuple[Task, Lease] | None:
            ids = [dispatch.lane_id(tx, self.repository, lane) for lane in lanes]
            return dispatch.claim(tx, ids, worker, node, tx.now(), ttl_s=ttl_s, threshold=threshold)

        return self.database.write(work)

    def take(self, worker: str = "w1", **more: Any) -> tuple[Task, Lease]:
        found = self.claim(worker, **more)
        assert found is not None
        return found

    def renew(self, lease: Lease, ttl_s: float = 300.0) -> Lease:
        return self.database.write(lambda tx: dispatch.records.renew(tx, lease, tx.now(), ttl_s=ttl_s))

    def say(self, lease: Lease, text: str) -> None:
        self.database.write(
            lambda tx: dispatch.records.say(
                tx, dispatch.hold(tx, lease, tx.now()), "progress", text, tx.now()
            )
        )

    def submit(self, lease: Lease, commit: str = OID) -> None:
        offer = Submission(lease.task_id, lease.fence, commit, commit, OID, ("src/a.py",), 2, "bwrap")
        self.database.write(
            lambda tx: dispatch.submit(tx, dispatch.hold(tx, lease, tx.now()), offer, self.started, tx.now())
        )

    def give_up(self, lease: Lease, outcome: Outcome, *, retry: bool) -> TaskStatus:
        return self.database.write(
            lambda tx: dispatch.give_up(
                tx, dispatch.hold(tx, lease, tx.now()), outcome, "why", tx.now(), retry=retry
            )
        )

    def reject(self, task_id: int, fence: int, reason: str = "no") -> TaskStatus:
        return self.database.write(lambda tx: dispatch.verdicts.reject(tx, task_id, fence, reason, tx.now()))

    def complete(self, task_id: int, fence: int) -> None:
        self.database.write(lambda tx: dispatch.verdicts.complete(tx, task_id, fence, tx.now()))

    def block(self, task_id: int, fence: int) -> None:
        self.database.write(lambda tx: dispatch.verdicts.block(tx, task_id, fence, "stuck", tx.now()))

    def cancel(self, task_id: int) -> None:
        self.database.write(lambda tx: dispatch.verdicts.cancel(tx, task_id, "ada", "not wanted", tx.now()))

    def requeue(self, task_id: int) -> None:
        self.database.write(lambda tx: dispatch.verdicts.requeue(tx, task_id, "ada", "again", tx.now()))

    def unblock(self, task_id: int) -> None:
        self.database.write(lambda tx: dispatch.verdicts.unblock(tx, task_id, "ada", "go on", tx.now()))

    def sweep(self) -> list[int]:
        return self.database.write(lambda tx: dispatch.records.sweep(tx, tx.now()))

    def release_node(self, node: str) -> list[int]:
        return self.database.write(lambda tx: release_node(tx, node, tx.now()))

    def task(self, task_id: int) -> Task:
        return self.database.read(lambda tx: dispatch.task(tx, task_id))

    def status(self, task_id: int) -> TaskStatus:
        return self.task(task_id).status


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture(scope="session")
def desk_of() -> type[Desk]:
    """The class itself, for tests that make their own databases."""
    return Desk


def git(folder: Path, *args: str) -> str:
    env = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": str(folder),
        "PATH": "/usr/bin:/bin",
    }
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *who, "-C", str(folder), *args],
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


FILES = {
    "src/a.py": "import os\nimport sys\n\n\ndef path() -> str:\n    return sys.executable\n",
    "src/b.py": "import json\n\n\ndef two() -> int:\n    return 2\n",
    "README.md": "# A project  \n",
    "pyproject.toml": '[project]\nname = "thing"\nversion = "1"\n\n[tool.ruff]\nline-length = 88\n',
}


@dataclass
class Place:
    """A real site and the user's repository behind it."""

    site: Site
    desk: Desk
    started: Started
    repository: Path
    base: str

    def git(self, *args: str) -> str:
        return git(self.repository, *args)

    def runners(self, **specs: RunnerSpec) -> Site:
        """The same site with other runners."""
        return replace(self.site, runners=specs)


@pytest.fixture(scope="session")
def launcher() -> Launcher:
    found = probe()
    if not found.ok:
        pytest.skip(f"no sandbox here: {found.reason}")
    return open_launcher()


@pytest.fixture
def make_place(tmp_path: Path, clock: FixedClock, launcher: Launcher) -> Callable[..., Place]:
    def make(database: Database, files: Mapping[str, str] = FILES) -> Place:
        user = tmp_path / "user"
        for name, text in files.items():
            (user / name).parent.mkdir(parents=True, exist_ok=True)
            (user / name).write_text(text)
        git(user, "init", "-q")
        git(user, "add", "-A")
        git(user, "commit", "-q", "-m", "first")
        checkout = Checkout.open(user)
        mirror = Mirror.create(tmp_path / "mirror")
        base = mirror.sync(checkout)
        started = Started()
        folders = Folders(
            *(tmp_path / name for name in ("attempts", "checkouts", "environments", "patches", "trash"))
        )
        folders.attempts.mkdir()
        repository: Any = SimpleNamespace(id=1, name="thing", path=str(user), main=checkout.main)
        site = Site(
            database=database, repository=repository, checkout=checkout, mirror=mirror, launcher=launcher,
            folders=folders, clock=clock, start=started, scope=Scope(),
            author=Author("windlass", "w@localhost"), runners={"mechanic": RunnerSpec("mechanic", {})},
            node="n1", verify={}, autonomy="propose", land=False,
        )  # fmt: skip
        return Place(site, Desk(database, started), started, user, base)

    return make


@pytest.fixture
def place(make_place: Callable[..., Place], database: Database) -> Place:
    return make_place(database)


@pytest.fixture
def lite_place(make_place: Callable[..., Place], sqlite: Database) -> Place:
    return make_place(sqlite)
