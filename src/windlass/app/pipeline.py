"""Prove that the whole workflow works in a repository, stage by stage, on a copy of it with a data home of
its own: nothing of the user's is written, and nothing of it stays.

What is expected to be refused has to be refused for the reason that was planted. What cannot be told is
unknown, and never counts as proved.
"""

import shlex
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, Final

from windlass import dispatch, events, land
from windlass.app.audit import open_audit
from windlass.app.daemon import Bounds
from windlass.app.detect import SIDE_FOLDERS
from windlass.app.detect_reading import TEST_FILE
from windlass.app.discovery import look_for_work
from windlass.app.filing import Order
from windlass.app.reverting import Reverting
from windlass.app.running import Listen, run
from windlass.app.verifying import Aim, Verdict, Verifying
from windlass.app.wiring import Plant, Wish, open_launcher, open_plant, settings_place
from windlass.dispatch import Outcome, TaskStatus
from windlass.kernel import Conflict, WindlassError
from windlass.sandbox import Level, Limits
from windlass.sandbox import Order as Running
from windlass.store import Transaction

NOTE: Final = "windlass-pipeline.txt"
TEST: Final = "test_windlass_pipeline.py"
PLANTED: Final = "planted by windlass validate-pipeline"
_RED: Final = f"""import unittest


class PlantedTest(unittest.TestCase):
    def test_planted(self):
        self.fail("{PLANTED}")
"""
_OPEN: Final = (TaskStatus.PENDING, TaskStatus.IN_PROGRESS, TaskStatus.REVIEW_NEEDED)
_REFUSED: Final = ("task.rejected", "task.given-up", "task.failed", "landing.ejected", "landing.blocked")
ASIDE: Final = SIDE_FOLDERS | {"setup.py", "conftest.py"}
LIMIT_S: Final = 3600.0
SEEN_MAX: Final = 200
"""Characters of what was said of a worker."""


class Proof(Enum):
    """What is known of a stage."""

    PROVED = "proved"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: what was seen, what to do where it is not proved, and the seconds; None where unknown."""

    name: str
    proof: Proof
    seen: str
    fix: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Planted:
    """A worker that does one thing. `wanted`: what its refusal has to name; empty: its change has to land.
    `absent`: why it cannot be tried here.
    """

    name: str
    path: str
    script: str
    wanted: tuple[str, ...] = ()
    absent: str = ""


@dataclass(frozen=True)
class Bench:
    """The copy under test. `mine`: the user's plant; `wish` and `env` open the copy."""

    mine: Plant
    wish: Wish
    env: Mapping[str, str]
    listen: Listen
    planted: tuple[Planted, ...]

    def opened(self) -> Plant:
        return open_plant(self.wish, self.env)


def validate(
    wish: Wish, env: Mapping[str, str], *, listen: Listen, keep: Path | None = None
) -> Iterator[Stage]:
    """Each stage as it is known. With `keep`, copy and data home stay in that folder, which must be new."""
    with open_plant(wish, env) as mine:
        before = mine.checkout.fingerprint(), mine.checkout.branches()
        with _place(keep) as top:
            bench = _bench(mine, top, env, listen)
            for name, prove in STAGES:
                yield from _told(name, prove, bench)
        began = time.monotonic()
        same = (mine.checkout.fingerprint(), mine.checkout.branches()) == before
        seen = "files, index and branches are as before" if same else "files, index or branches differ"
        last = _stage("yours untouched", same, seen, "somebody else may be at work there")
        yield replace(last, seconds=time.monotonic() - began)


Prove = Callable[[Bench], Iterator[Stage]]
"""Yields what it finds; whoever asks adds the seconds where it does not know better."""


def _told(name: str, prove: Prove, bench: Bench) -> Iterator[Stage]:
    began = time.monotonic()
    try:
        for one in prove(bench):
            took = time.monotonic() - began if one.seconds is None else one.seconds
            yield replace(one, seconds=took)
    except WindlassError as error:
        yield Stage(name, Proof.FAILED, str(error), error.hint or "", time.monotonic() - began)


@contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is not None and keep.exists():
        raise Conflict(f"{str(keep)!r} is there already", hint="name a folder that is not there yet")
    top = Path(tempfile.mkdtemp(prefix="windlass-pipeline-")) if keep is None else keep.absolute()
    top.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        yield top
    finally:
        if keep is None:
            shutil.rmtree(top, ignore_errors=True)


def _bench(mine: Plant, top: Path, env: Mapping[str, str], listen: Listen) -> Bench:
    """A bare copy of the branch, a data home with the owner's settings, and one worker for each fault."""
    copy = mine.checkout.copied(top / f"{mine.checkout.path.name}.git")
    home = {**env, "WINDLASS_HOME": str(top / "home")}
    planted = tuple(_planted(mine))
    wish = Wish(repo=copy.path, land=True, trust=mine.wish.trust, flags={
        **mine.wish.flags, "database.url": "", "dispatch.attempts_max": 1, "project.path": "",
        "forge.remote": "",  # nothing of the copy leaves this machine
        "verify.environments": mine.config.verify.environments or str(mine.home.environments),
        "dispatch.runners": [
            {"name": one.name, "kind": "command", "command": f"/bin/sh -c {shlex.quote(one.script)}"}
            for one in planted
        ],
    })  # fmt: skip
    with open_plant(Wish(repo=copy.path), home) as plant:
        place = settings_place(plant.home, plant.checkout.path)
    owners = settings_place(mine.home, mine.checkout.path)
    if owners.is_file():
        place.write_bytes(owners.read_bytes())
    return Bench(mine, wish, home, listen, planted)


def _planted(mine: Plant) -> Iterator[Planted]:
    """The workers, made for what is in the repository."""
    tree = mine.mirror.tree_of(mine.mirror.sync(mine.checkout))
    files = sorted(mine.mirror.listing(tree))
    python = [path for path in files if path.endswith(".py")]
    tests = [path for path in python if path.rpartition("/")[2].startswith("test_")]
    tests = tests or [path for path in python if TEST_FILE.search(path)]
    code = next((path for path in python if path not in tests and not ASIDE & {*path.split("/")}), "")
    folder = tests[0].rpartition("/")[0] if tests else ""
    test = f"{folder}/{TEST}" if folder else TEST
    yield Planted("good", NOTE, f"echo {shlex.quote(PLANTED)} > {NOTE}")
    yield Planted("liar", NOTE, 'echo \'{"outcome": "changed", "detail": "done"}\'', ("nothing: done",))
    yield Planted("stray", NOTE, f"echo x > {NOTE}; echo x > windlass-elsewhere.txt", ("windlass-elsewhere",))
    yield Planted(
        "syntax", code, f"printf 'def (\\n' >> {shlex.quote(code)}", ("syntax",),
        "" if code else "no Python file whose syntax could be broken",
    )  # fmt: skip
    yield Planted(
        "red-test", test, f"printf %s {shlex.quote(_RED)} > {shlex.quote(test)}", (TEST, "test_planted"),
        "" if tests else "no Python tests beside which one could be planted",
    )  # fmt: skip


def _repository(bench: Bench) -> Iterator[Stage]:
    with bench.opened() as plant:
        count = len(plant.mirror.listing(plant.mirror.tree_of(plant.mirror.sync(plant.checkout))))
        yield _stage("repository", True, f"{count} files on {plant.checkout.main}, copied")


def _sandbox(bench: Bench) -> Iterator[Stage]:
    with bench.opened() as plant:
        launcher = open_launcher(plant)
        if launcher.level is Level.NONE:
            seen = "there is none, so nothing lands by itself"
            yield Stage("sandbox", Proof.UNKNOWN, seen, "windlass doctor says what is missing")
            return
        probe = bench.mine.home.path / "windlass-probe"
        words = ("/bin/sh", "-c", f"(: > {shlex.quote(str(probe))}) 2>/dev/null; echo ran")
        ran = launcher.run(Running(words, "/tmp", limits=Limits(wall_s=60.0))).ran  # noqa: S108
        closed = not probe.exists()
        probe.unlink(missing_ok=True)
        works = ran.stdout.strip() == b"ran"
        yield _stage(
            "sandbox", works and closed,
            f"level {launcher.level.value}; what runs there cannot write into the data home" if closed
            else "what runs there can write into the data home",
            "windlass doctor says what is missing",
        )  # fmt: skip


def _discovery(bench: Bench) -> Iterator[Stage]:
    found = look_for_work(bench.wish, bench.env, only=(), sarif=None, dry_run=False)
    bad = [f"{one.source}: {one.error}" for one in found.tallies if one.error]
    read = ", ".join(f"{one.source} {one.found}" for one in found.tallies if not one.error)
    yield _stage("discovery", not bad, "; ".join(bad) or f"{read}; {found.opened} items",
                 "windlass discover --dry-run shows more")  # fmt: skip


def _checks(bench: Bench) -> Iterator[Stage]:
    with bench.opened() as plant:
        main = plant.checkout.main
        found = Verifying(plant).verify(1, Aim(commit=main, against=main))
    ran = ", ".join(one.check for one in found.judgement.readings)
    late = [one.check for one in found.judgement.deferred]
    tests = sum(len(one.cases) for one in found.judgement.readings)
    seen = f"{ran or 'nothing ran'}; {tests} tests" + (f"; deferred: {', '.join(late)}" if late else "")
    good = found.verdict in (Verdict.PASSED, Verdict.DEFERRED)
    why = "; ".join(found.reasons)[:500]
    if good:
        yield Stage("checks on main", Proof.PROVED, seen)
    else:
        fix = "such failures excuse the same ones in changes: windlass verify --tier 1"
        yield Stage("checks on main", Proof.UNKNOWN, f"{seen}; {why}", fix)


def _work(bench: Bench) -> Iterator[Stage]:
    """All workers at once; each ends as it has to."""
    tried = [one for one in bench.planted if not one.absent]
    orders = [
        Order(f"windlass pipeline: {one.name}", one.name, (one.path,), key=one.name, by="pipeline")
        for one in tried
    ]
    tasks = _carried(bench, orders)
    with bench.opened() as plant:
        for one, task in zip(tried, tasks, strict=True):
            end = plant.database.read(partial(_end, plant=plant, task=task))
            yield (_refused if one.wanted else _landed)(one, end)


def _absent(bench: Bench) -> Iterator[Stage]:
    for one in bench.planted:
        if one.absent:
            yield Stage(_NAMES[one.name], Proof.UNKNOWN, one.absent, _OTHERS)


_NAMES: Final = {
    "good": "a change lands", "liar": "a claim without work is refused", "stray": "other files are refused",
    "syntax": "broken syntax is refused", "red-test": "a failing test is refused",
}  # fmt: skip
_OTHERS: Final = "faults are planted in Python alone: break a test, and see `windlass verify` refuse it"


@dataclass(frozen=True, slots=True)
class _End:
    """How a task ended, what was said against it, its landing, and the seconds from its claim."""

    status: TaskStatus
    said: str
    landing: land.Landing | None
    seconds: float | None

    @property
    def told(self) -> str:
        return f"{self.status.value}: {self.said or 'nothing was said'}"[:SEEN_MAX]


def _end(tx: Transaction, *, plant: Plant, task: int) -> _End:
    log = events.history(tx, task=task)
    said = [
        str(one.data.get("reason") or one.data.get("detail") or "") for one in log if one.kind in _REFUSED
    ]
    tries = [
        f"{one.outcome.value}: {one.detail}" for one in dispatch.attempts(tx, task)
        if one.outcome not in (None, Outcome.SUBMITTED)
    ]  # fmt: skip
    verdicts = [_reasons(one.data) for one in log if one.kind.startswith("verdict.")]
    mine = [one for one in land.landings(tx, plant.repository.id) if one.task_id == task]
    told = " | ".join(dict.fromkeys(text for text in (*said, *verdicts, *tries) if text))
    began = [one.at for one in log if one.kind == "task.claimed"]
    seconds = log[-1].at - began[0] if began else None
    return _End(dispatch.task(tx, task).status, told, mine[-1] if mine else None, seconds)


def _reasons(data: Mapping[str, Any]) -> str:
    return "; ".join(str(one) for one in data.get("reasons") or ())


def _landed(one: Planted, end: _End) -> Stage:
    landing = end.landing
    if landing is None or landing.state is not land.LandingState.LANDED:
        fix = "windlass verify --tier 1 says what judges a change here"
        proof = Proof.UNKNOWN if end.status in _OPEN else Proof.FAILED  # a person is asked, or time was over
        return Stage(_NAMES[one.name], proof, end.told, fix, end.seconds)
    seen = f"commit {(landing.commit or '')[:12]} on {landing.branch}"
    return Stage(_NAMES[one.name], Proof.PROVED, seen, seconds=end.seconds)


def _refused(one: Planted, end: _End) -> Stage:
    """Refused, and for what was planted: anything else may be luck."""
    name, landing = _NAMES[one.name], end.landing
    if landing is not None and landing.state is land.LandingState.LANDED:
        seen = f"it landed as {(landing.commit or '')[:12]}"
        return Stage(name, Proof.FAILED, seen, _OTHERS, end.seconds)
    if any(word in end.said for word in one.wanted):
        return Stage(name, Proof.PROVED, end.told, seconds=end.seconds)
    fix = "it did not land, and not for what was planted"
    return Stage(name, Proof.UNKNOWN, end.told, fix, end.seconds)


def _last_landed(plant: Plant) -> land.Landing | None:
    found = plant.database.read(lambda tx: land.landings(tx, plant.repository.id))
    return next((one for one in reversed(found) if one.state is land.LandingState.LANDED), None)


def _nothing_landed(name: str) -> Stage:
    return Stage(name, Proof.UNKNOWN, "nothing landed", "see the stage 'a change lands'")


def _proof(bench: Bench) -> Iterator[Stage]:
    with bench.opened() as plant:
        if (landed := _last_landed(plant)) is None:
            yield _nothing_landed("its proof")
            return
        plant.mirror.sync(plant.checkout)
        key = land.provenance.landing_key(plant.home.keys).public
        text = plant.database.read(lambda tx: land.provenance.envelope_of(tx, landed))
        points = land.provenance.prove(
            text, key, landed.proof.commit, plant.mirror,
            evidence=partial(_on_record, plant),
        )  # fmt: skip
    bad = [point for point in points if point.standing is not land.provenance.Standing.HOLDS]
    fails = [point for point in bad if point.standing is land.provenance.Standing.FAILS]
    seen = "; ".join(f"{point.name}: {point.detail}" for point in bad) or (
        f"all {len(points)} points of the signed statement hold"
    )
    yield Stage("its proof", Proof.FAILED if fails else Proof.UNKNOWN if bad else Proof.PROVED, seen)


def _undone(bench: Bench) -> Iterator[Stage]:
    with bench.opened() as plant:
        if (landed := _last_landed(plant)) is None:
            yield _nothing_landed("it is taken back")
            return
        task = Reverting(plant).by_hand(landed.proof.commit, reason=PLANTED, by="pipeline")
    _carried(bench, only=(task,))
    with bench.opened() as plant:
        end = plant.database.read(partial(_end, plant=plant, task=task))
        stays = NOTE in plant.mirror.listing(plant.mirror.tree_of(plant.mirror.sync(plant.checkout)))
    proof = Proof.FAILED if stays else Proof.PROVED
    seen = end.told if stays else f"{NOTE} is gone from {landed.branch}, by a landing of its own"
    yield Stage("it is taken back", proof, seen, seconds=end.seconds)


def _carried(bench: Bench, orders: Sequence[Order] = (), *, only: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Run the copy until these orders or tasks have ended; their tasks."""
    return run(
        bench.wish, Bounds(until=time.time() + LIMIT_S, only=only), bench.env, listen=bench.listen,
        on_start=lambda daemon, plant: None, errand=orders,
    ).only  # fmt: skip


def _on_record(plant: Plant, told: dict[str, Any]) -> land.provenance.Point:
    return plant.database.read(lambda tx: land.provenance.on_record(tx, told))


def _audit(bench: Bench) -> Iterator[Stage]:
    with open_audit(bench.env) as audit:
        found = audit.verify(None, key=None, anchors=())
    yield _stage("audit log", found.ok, "; ".join(found.lines()))


def _stage(name: str, good: bool, seen: str, fix: str = "") -> Stage:
    return Stage(name, Proof.PROVED if good else Proof.FAILED, seen, "" if good else fix)


STAGES: Final[tuple[tuple[str, Prove], ...]] = (
    ("repository", _repository), ("sandbox", _sandbox), ("discovery", _discovery),
    ("checks on main", _checks), ("work", _work), ("absent", _absent), ("its proof", _proof),
    ("it is taken back", _undone), ("audit log", _audit),
)  # fmt: skip
