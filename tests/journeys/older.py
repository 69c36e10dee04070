"""Run by the older code alone (see test_upgrade.py): a process with work in flight that never stops.

    python older.py URL SOURCE

Lines on stdout say how far it is; the first line on stdin ends it. Nothing of the newer tree is imported.
"""

import json
import sys
import threading
import time

import windlass
from windlass import dispatch
from windlass.dispatch import Outcome, Spec, Submission, TaskStatus, desk
from windlass.dispatch.model import End, Post
from windlass.store import Started, migrate, open_database

OID = "a" * 40
REPOSITORY = 1
TTL_S = 120.0
verdicts = getattr(dispatch, "verdicts", dispatch)
"""Code from before the face was divided has them on the face itself."""


class Older:
    """Everything that changes a task, in turns, by the doors that workers, gates and people use."""

    def __init__(self, url):
        self.database, self.start = open_database(url), Started()
        migrate(self.database)
        self.lane = self.write(lambda tx: dispatch.lane_id(tx, REPOSITORY, "main"))
        self.post = Post((self.lane,), "older", TTL_S)
        self.done = {"cycles": 0, "completed": 0, "landed": 0, "failed": 0, "renewed": 0}

    def write(self, work):
        return self.database.write(work)

    def file(self, needs=()):
        spec = Spec("mechanic", ("a.py",))
        return self.write(
            lambda tx: dispatch.add_task(
                tx, repository_id=REPOSITORY, item_id=None, lane=self.lane, kind="fix", title="t", spec=spec,
                wsjf=2.0, base=OID, now=tx.now(), needs=needs,
            )
        )  # fmt: skip

    def claim(self):
        found = desk.take(self.database, self.post, "w")
        return None if found is None else found[1]

    def submit(self, lease):
        offer = Submission(lease.task_id, lease.fence, OID, OID, OID, ("a.py",), 1, "bwrap")

        def work(tx):
            dispatch.submit(tx, dispatch.hold(tx, lease, tx.now()), offer, self.start, tx.now())

        self.write(work)
        return lease

    def land(self, lease):
        self.write(lambda tx: verdicts.complete(tx, lease.task_id, lease.fence, tx.now()))
        self.done["landed"] += 1

    def in_flight(self):
        """Two held, two submitted, two blocked, and one that waits for another."""
        ids = [self.file() for _ in range(12)]
        self.file(needs=(ids[0],))
        self.held = [self.claim(), self.claim()]
        self.offered = [self.submit(self.claim()), self.submit(self.claim())]
        self.blocked = [self.submit(self.claim()), self.submit(self.claim())]
        for lease in self.blocked:
            self.write(lambda tx, one=lease: verdicts.block(tx, one.task_id, one.fence, "?", tx.now()))

    def cycle(self):
        """File, claim, renew, submit, refuse, do again, land; one run without a change, one broken one."""
        first, _, third = self.file(), self.file(), self.file()
        self.held = [desk.prolong(self.database, lease, TTL_S) for lease in self.held]
        self.done["renewed"] += len(self.held)
        lease = self.submit(self.claim())
        status = self.write(lambda tx: verdicts.reject(tx, lease.task_id, lease.fence, "no", tx.now()))
        self.done["failed"] += status is TaskStatus.FAILED
        self.land(self.submit(self.claim()))
        ended = desk.end(self.database, End(self.claim(), Outcome.NOTHING, "", retry=False))
        self.done["completed"] += ended is TaskStatus.COMPLETED
        if self.waits(third):
            self.write(lambda tx: verdicts.cancel(tx, third, "ada", "x", tx.now()))
        self.database.read(lambda tx: (dispatch.tasks(tx, REPOSITORY), dispatch.task(tx, first)))
        self.done["cycles"] += 1

    def waits(self, number):
        return self.database.read(lambda tx: dispatch.task(tx, number)).status is TaskStatus.PENDING

    def finish(self):
        """What was in flight before the schema changed ends well under the same fences."""
        for lease in self.offered:
            self.land(lease)
        for lease in self.held:
            self.land(self.submit(lease))
        for lease in self.blocked:
            self.write(lambda tx, one=lease: verdicts.unblock(tx, one.task_id, "ada", "go on", tx.now()))
        self.database.close()


def main(url, source):
    assert windlass.__file__.startswith(source), windlass.__file__
    older, told = Older(url), threading.Event()
    older.in_flight()
    print(json.dumps({"ready": True}), flush=True)
    threading.Thread(target=lambda: (sys.stdin.readline(), told.set()), daemon=True).start()
    while not told.is_set():
        older.cycle()
        print(json.dumps(older.done), flush=True)
        time.sleep(0.02)
    older.finish()
    print(json.dumps({**older.done, "ended": True}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
