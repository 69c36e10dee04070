"""A newer windlass starts beside an older one at work: nobody stops, nothing is lost or done twice."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journeys.landed import Landed, NoHistory, before_newest_schema
from tests.journeys.plant import Plant
from windlass import dispatch
from windlass.dispatch import Submission, TaskStatus
from windlass.store import Database, Started, Transaction, migrate, open_database, schema_is_current

OID = "a" * 40
CYCLES = 15
WAIT_S = 60.0
ENDS = ("task.completed", "task.cancelled", "task.failed")


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    try:
        return before_newest_schema(tmp_path_factory.mktemp("landed"))
    except NoHistory as reason:
        pytest.skip(str(reason))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/windlass.db"
    return str(request.getfixturevalue("postgres_url"))


class Older:
    """The older process and what it says."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        self.child = child

    def says(self) -> dict[str, int]:
        assert self.child.stdout is not None
        line = self.child.stdout.readline()
        if not line:
            assert self.child.stderr is not None
            pytest.fail(f"the older code ended:\n{self.child.stderr.read()[-3000:]}")
        return json.loads(line)

    def works_on(self, cycles: int) -> dict[str, int]:
        """Read until it has gone round so often from now."""
        first = self.says()["cycles"]
        until = time.monotonic() + WAIT_S
        while (said := self.says())["cycles"] < first + cycles:
            assert time.monotonic() < until, said
        return said

    def ends(self) -> dict[str, int]:
        assert self.child.stdin is not None
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        while "ended" not in (said := self.says()):
            pass
        assert self.child.wait(WAIT_S) == 0
        return said


@contextmanager
def older(landed: Landed, url: str) -> Iterator[Older]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("WINDLASS_")}
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("older.py")), url, str(landed.source)],
        env={**env, "PYTHONPATH": str(landed.source)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Older(child)
    finally:
        child.kill()
        child.communicate()


def test_older_code_works_on_while_the_schema_changes_under_it(landed: Landed, url: str) -> None:
    database = open_database(url)
    with older(landed, url) as other:
        assert other.says() == {"ready": True}
        other.works_on(3)
        version = "SELECT version_num FROM wl_schema"
        assert database.read(lambda tx: tx.scalar(version)) == landed.schema
        migrate(database)
        assert schema_is_current(database)
        assert database.read(lambda tx: tx.scalar(version)) != landed.schema
        other.works_on(CYCLES)
        said = other.ends()
    assert said["landed"] > CYCLES
    assert said["completed"] > CYCLES
    finish(database)
    check(database)
    database.close()


def test_a_change_that_older_code_cannot_bear_is_noticed(landed: Landed, url: str) -> None:
    """The test of the tests above: a schema that is not additive stops the older code at once."""
    database = open_database(url)
    with older(landed, url) as other:
        other.says()
        other.works_on(2)
        database.write(lambda tx: tx.execute("ALTER TABLE wl_attempt RENAME COLUMN detail TO remark"))
        with pytest.raises(pytest.fail.Exception, match="detail"):
            other.works_on(CYCLES)
    database.close()


def finish(database: Database) -> None:
    """The newer code does what the older one left, blocked tasks that it set free included."""
    start = Started()

    def turn(tx: Transaction) -> bool:
        now = tx.now()
        lane = dispatch.lane_id(tx, 1, "main")
        found = dispatch.claim(tx, [lane], "newer", "n2", now)
        if found is None:
            return False
        lease = found[1]
        offer = Submission(lease.task_id, lease.fence, OID, OID, OID, ("a.py",), 1, "bwrap")
        dispatch.submit(tx, dispatch.hold(tx, lease, now), offer, start, now)
        dispatch.verdicts.complete(tx, lease.task_id, lease.fence, now)
        return True

    for number in database.read(lambda tx: [t.id for t in dispatch.tasks(tx, 1, (TaskStatus.IN_PROGRESS,))]):
        database.write(
            lambda tx, n=number: dispatch.verdicts.requeue(tx, n, "newer", "nobody holds it", tx.now())
        )
    while database.write(turn):
        pass


def check(database: Database) -> None:
    """Every task ended exactly once, nothing is held, and new columns of old rows hold what they mean."""
    tasks = database.read(lambda tx: dispatch.tasks(tx, 1))
    left = [task for task in tasks if task.status.value not in ("completed", "cancelled", "failed")]
    assert [(task.id, task.status) for task in left if task.unmet == 0] == []
    assert {task.role for task in tasks} == {""}
    sql = "SELECT task_id, kind FROM wl_event WHERE task_id IS NOT NULL"
    told = database.read(lambda tx: tx.rows(sql))
    ends = Counter(row["task_id"] for row in told if row["kind"] in ENDS)
    assert [(task, times) for task, times in ends.items() if times != 1] == []
    assert set(ends) == {task.id for task in tasks} - {task.id for task in left}
    assert database.read(lambda tx: tx.scalar("SELECT count(*) FROM wl_lease")) == 0


def test_older_code_that_starts_again_runs_or_says_what_to_do(landed: Landed, url: str) -> None:
    """From the code that keeps a record of revisions on it runs; the one before says to upgrade."""
    database = open_database(url)
    migrate(database)
    database.close()
    program = (
        "import sys; from windlass.store import migrate, open_database\n"
        "from windlass.kernel import Invalid\n"
        "try: migrate(open_database(sys.argv[1])); print('runs')\n"
        "except Invalid as error: print('refused', error.hint)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, url], env={**os.environ, "PYTHONPATH": str(landed.source)},
        capture_output=True, text=True, timeout=WAIT_S, check=False,
    )  # fmt: skip
    told = "refused a newer windlass wrote it; upgrade this one"
    if (landed.source / "windlass" / "store" / "revisions.py").exists():
        told = "runs"
    assert (done.returncode, done.stdout.strip()) == (0, told), done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_an_older_run_goes_on_landing_and_the_newer_code_takes_over(
    landed: Landed, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    database = "" if kind == "sqlite" else str(request.getfixturevalue("postgres_url"))
    newer = Plant(tmp_path, database=database).make(parts=24)
    slowly = {"PYTHONPATH": str(landed.source), "WINDLASS_VERIFY_PR": '["sleep 4"]'}
    old = Plant(tmp_path, database=database, cold=True, more_env=slowly)
    running = old.start("run", "--land", "--repo", str(newer.repo))
    try:
        reach(newer, 1, running)
        before = landings(newer)
        shown = newer.windlass("status", "--repo", str(newer.repo), "--json")  # opens, and so migrates
        assert shown.returncode == 0, shown.stderr[-2000:]
        assert json.loads(shown.stdout)["owner"] != "nobody"
        assert running.wait(600) == 0
    finally:
        running.kill()
        running.wait()
    assert landings(newer) > before
    newer.grow(2)
    done = newer.windlass("run", "--land", "--repo", str(newer.repo), "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    tasks = json.loads(newer.windlass("task", "list", "--repo", str(newer.repo), "--json").stdout)
    assert {task["status"] for task in tasks} <= {"completed", "cancelled"}, tasks
    audit = newer.windlass("audit", "verify", "--json")
    assert (audit.returncode, json.loads(audit.stdout)["ok"]) == (0, True), audit.stdout + audit.stderr
    mended = [newer.git("show", f"main:shop/part_{number}.py") for number in range(newer.parts)]
    assert not any("import os" in text for text in mended)


def landings(plant: Plant) -> int:
    return plant.git("log", "--format=%B", "main").count("Windlass-Task: ")


def reach(plant: Plant, count: int, running: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + 300
    while landings(plant) < count:
        assert running.poll() is None, "the older run ended before it landed anything"
        assert time.monotonic() < until
        time.sleep(0.1)
