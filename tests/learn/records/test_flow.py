"""The facts behind the figures, from what dispatch really writes, on both databases."""

from windlass import backlog, dispatch, policy
from windlass.dispatch import Lease, Spec, Submission
from windlass.events import Subject
from windlass.kernel import FixedClock
from windlass.learn.flow import DAY_S, WINDOW_S, Facts
from windlass.learn.records import facts
from windlass.store import Database, Started, Transaction

OID = "a" * 40


class Mesh:
    """Each step is a transaction one second after the one before."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database, self.clock, self.start = database, clock, Started()
        self.shop = self.write(lambda tx: backlog.tend(tx, "shop", "/shop", "main", tx.now())).id

    def write(self, work):
        self.clock.advance(1)
        return self.database.write(work)

    def file(self, needs: tuple[int, ...] = ()) -> int:
        def work(tx: Transaction) -> int:
            lane = dispatch.lane_id(tx, self.shop, "main")
            return dispatch.add_task(
                tx, repository_id=self.shop, item_id=None, lane=lane, kind="fix", title="t",
                spec=Spec("mechanic", ("a.py",)), wsjf=2.0, base=OID, now=tx.now(), needs=needs,
            )  # fmt: skip

        return self.write(work)

    def claim(self) -> Lease:
        def work(tx: Transaction) -> Lease:
            lane = dispatch.lane_id(tx, self.shop, "main")
            taken = dispatch.claim(tx, [lane], "w", "n", tx.now())
            assert taken is not None
            return taken[1]

        return self.write(work)

    def submit(self, lease: Lease) -> Lease:
        offer = Submission(lease.task_id, lease.fence, OID, OID, OID, ("a.py",), 1, "bwrap")
        self.write(
            lambda tx: dispatch.submit(tx, dispatch.hold(tx, lease, tx.now()), offer, self.start, tx.now())
        )
        return lease

    def reject(self, lease: Lease) -> None:
        self.write(lambda tx: dispatch.verdicts.reject(tx, lease.task_id, lease.fence, "no", tx.now()))

    def complete(self, lease: Lease) -> None:
        self.write(lambda tx: dispatch.verdicts.complete(tx, lease.task_id, lease.fence, tx.now()))

    def facts(self) -> Facts:
        return self.database.read(lambda tx: facts(tx, tx.now()))[self.shop]


def test_an_empty_repository_has_counts_and_no_past(database: Database, clock: FixedClock) -> None:
    found = Mesh(database, clock).facts()
    assert found == Facts()


def test_states_and_leases_are_counted_as_they_are_now(database: Database, clock: FixedClock) -> None:
    mesh = Mesh(database, clock)
    first = mesh.file()
    mesh.file()
    mesh.file(needs=(first,))
    held = mesh.claim()
    found = mesh.facts()
    assert (found.leases_active, found.leases_stale, found.attempts) == (1, 0, 1)
    assert found.statuses == {"in_progress": 1, "ready": 1, "waiting": 1}
    clock.advance(1000)
    found = mesh.facts()
    assert (found.leases_active, found.leases_stale) == (0, 1)
    assert held.task_id == first


def test_reviews_are_timed_from_submission_to_the_first_decision(
    database: Database, clock: FixedClock
) -> None:
    mesh = Mesh(database, clock)
    mesh.file()
    one = mesh.submit(mesh.claim())
    waiting = mesh.facts()
    assert (waiting.review, [j.decided_at for j in waiting.judged]) == (1, [None])
    clock.advance(9)
    mesh.reject(one)
    two = mesh.submit(mesh.claim())
    clock.advance(29)
    mesh.complete(two)
    found = mesh.facts()
    told = sorted((j.decided_at - j.offered_at, j.refused) for j in found.judged)
    assert told == [(10.0, True), (30.0, False)]
    assert found.review == 0
    ((seconds, offers),) = found.done
    assert (seconds, offers) == (clock() - mesh_filed(mesh), 2)
    assert found.messages == found.messages_day == 1  # the rejection


def mesh_filed(mesh: Mesh) -> float:
    return mesh.database.read(lambda tx: tx.scalar("SELECT min(created_at) FROM wl_task"))


def test_a_task_that_used_up_its_attempts_is_failed_and_not_done(
    database: Database, clock: FixedClock
) -> None:
    mesh = Mesh(database, clock)
    mesh.file()
    for _ in range(3):
        mesh.reject(mesh.submit(mesh.claim()))
    found = mesh.facts()
    assert (found.failed, len(found.done), found.attempts) == (1, 0, 3)
    assert [j.refused for j in found.judged] == [True] * 3


def test_open_questions_and_vetoes_are_counted(database: Database, clock: FixedClock) -> None:
    mesh = Mesh(database, clock)
    about = Subject(repository=mesh.shop)
    for key, kind in (("a", "veto"), ("b", "gate")):
        mesh.write(
            lambda tx, k=key, w=kind: policy.ask(
                tx, k, "?", {}, ("y", "n"), kind=w, now=tx.now(), about=about
            )
        )
    found = mesh.facts()
    assert (found.escalations, found.vetoes) == (2, 1)
    assert found.oldest["escalation"] == clock() - 1


def test_what_is_older_than_the_window_counts_no_more(database: Database, clock: FixedClock) -> None:
    mesh = Mesh(database, clock)
    mesh.file()
    mesh.complete(mesh.submit(mesh.claim()))
    clock.advance(DAY_S + 10)
    assert mesh.facts().messages_day == 0
    clock.advance(WINDOW_S)
    found = mesh.facts()
    assert (found.judged, found.done, found.failed, found.attempts) == ((), (), 0, 0)


def test_renewals_with_a_key_are_counted_once_they_are_on_record(
    database: Database, clock: FixedClock
) -> None:
    mesh = Mesh(database, clock)
    task = mesh.file()
    assert mesh.facts().renewing == 0

    def renewed(tx: Transaction) -> None:
        for text in ("old", "new"):  # a lease whose token was given anew
            tx.execute(
                "INSERT INTO wl_token (hash, kind, subject, role, task_id, fence, created_at, expires_at)"
                " VALUES (:text, 'lease', 'lease:1/1', 'agent', :task, 1, :now, :now)",
                text=text, task=task, now=tx.now(),
            )  # fmt: skip
        for key in ("k1", "k2"):
            tx.execute(
                "INSERT INTO wl_call (subject, key, tool, digest, at)"
                " VALUES ('lease:1/1', :key, 'renew_lease', 'd', :now)",
                key=key, now=tx.now(),
            )  # fmt: skip

    mesh.write(renewed)
    found = mesh.facts()
    assert (found.renewed, found.renewing) == (2, 1)
