"""A pure model of tasks, leases, chains and calls, and a machine that holds the fourteen tools against it."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from windlass import dispatch, mesh, policy
from windlass.dispatch import Place, Spec, TaskStatus
from windlass.identity import OWNER, Principal, Role
from windlass.kernel import Conflict, Denied, FixedClock, Invalid
from windlass.mesh import Caller, Mesh, MeshSettings
from windlass.mesh.source import MemorySource
from windlass.store import Started

S = TaskStatus
ENDED = (S.COMPLETED, S.FAILED, S.CANCELLED)
BASE = "a" * 40
GOOD = "b" * 40
TTL_S = 300.0
LAST = -1
"""Picks the newest token."""
CHAIN = ("implementation", "qa", "docs")
TABLES = (
    "wl_lease", "wl_attempt", "wl_submission", "wl_message", "wl_dep", "wl_event", "wl_review", "wl_call",
    "wl_token", "wl_decision", "wl_landing", "wl_task", "wl_lane", "wl_repository",
)  # fmt: skip
BOSS = Principal("person:boss", Role.ADMIN)
AGENT = Principal("runner:w", Role.AGENT, instance="w")
STRANGER = Principal("runner:x", Role.AGENT, instance="x")


@dataclass
class Model:
    """What a task should be."""

    number: int
    lane: str
    role: str
    risk: str
    most: int
    born: float
    parent: int | None = None
    root: int | None = None
    status: TaskStatus = S.PENDING
    review: str = ""
    attempt: int = 0
    fence: int = 0
    rejections: int = 0
    asks: bool = False
    """Blocked on a question whose decision is open."""
    commit: str = ""
    landing: int | None = None
    """The fence under which it was sent to land."""


@dataclass
class Held:
    fence: int
    until: float


@dataclass
class Spoken:
    """A call that was made under a key, for its repetition."""

    tool: str
    caller: Caller
    arguments: Mapping[str, Any]
    answer: dict[str, Any]


@dataclass
class World:
    """All of the model."""

    tasks: dict[int, Model] = field(default_factory=dict)
    leases: dict[int, Held] = field(default_factory=dict)
    tokens: list[tuple[int, int, str]] = field(default_factory=list)
    """Task, fence and text of every lease token ever given."""
    replaced: list[str] = field(default_factory=list)
    """Tokens that a repeated claim has replaced."""
    spoken: list[Spoken] = field(default_factory=list)

    def later(self, task: Model) -> list[Model]:
        root = task.root or task.number
        return [
            one
            for one in self.tasks.values()
            if one.root == root and one.number > task.number and one.status not in ENDED
        ]

    def leave(self, task: Model, new: TaskStatus, *, grow: int = 0) -> None:
        """Move a task; what stands on it goes with it, and its lease ends."""
        if task.review == "approved" and new is not S.COMPLETED:
            for one in self.later(task):
                self.end(one, S.CANCELLED, grow=1)
        self.end(task, new, grow=grow)

    def end(self, task: Model, new: TaskStatus, *, grow: int = 0) -> None:
        task.status, task.fence, task.asks = new, task.fence + grow, False
        task.review = "" if new is S.PENDING else task.review
        self.leases.pop(task.number, None)

    def setback(self, task: Model) -> TaskStatus:
        return S.FAILED if task.attempt >= task.most else S.PENDING

    def standing(self, task: Model) -> list[Model]:
        if task.parent is None:
            return []
        parent = self.tasks[task.parent]
        return [parent, *self.standing(parent)]


def make(database: Any, clock: FixedClock) -> type[RuleBasedStateMachine]:
    settings = MeshSettings(lease_s=TTL_S, land=True)

    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            for table in TABLES:
                database.write(lambda tx, table=table: tx.execute(f"DELETE FROM {table}"))
            database.write(
                lambda tx: tx.execute(
                    "INSERT INTO wl_repository (id, name, path, main, added_at)"
                    " VALUES (1, 'shop', '/shop', 'main', 0)"
                )
            )
            self.started = Started()
            self.source = MemorySource({GOOD: ("src/a.py",)})
            self.mesh = Mesh(database, settings, source=self.source, start=self.started)
            self.rules = mesh.Rules(settings, self.started)
            self.world = World()
            self.keys = 0

        # ---- how calls are made

        def say(self, tool: str, principal: Principal, **arguments: Any) -> dict[str, Any]:
            """A call under a fresh key, remembered with its answer."""
            self.keys += 1
            caller = Caller(principal, f"key-{self.keys}", "rest")
            answer = self.mesh.call(tool, caller, arguments)
            if tool not in ("check_task_status", "get_task_history") and answer != {"task": None}:
                self.world.spoken.append(Spoken(tool, caller, arguments, answer))
            return answer

        def pick(self, number: int, *states: TaskStatus) -> Model:
            """Any task, most often one in these states."""
            tasks = [self.world.tasks[key] for key in sorted(self.world.tasks)]
            fit = [task for task in tasks if task.status in states]
            choice = fit if fit and number % 4 else tasks
            return choice[number % len(choice)]

        @initialize(risks=st.lists(st.sampled_from(["low", "", "high"]), min_size=3, max_size=4))
        def begin(self, risks: list[str]) -> None:
            for number, risk in enumerate(risks):
                self.add("backend" if number % 2 else "frontend", 3, "implementation", risk)

        def lane(self, pick: int) -> str:
            """A lane, most often one where something is ready."""
            ready = [one.lane for one in self.world.tasks.values() if one.status is S.PENDING]
            lanes = sorted(set(ready)) if ready and pick % 5 else ["backend", "frontend", "qa", "docs"]
            return lanes[pick % len(lanes)]

        # ---- the architect, the gate and the lander

        @rule(
            lane=st.sampled_from(["backend", "frontend"]), most=st.integers(1, 3),
            role=st.sampled_from(["implementation", "implementation", ""]),
            risk=st.sampled_from(["low", "low", "", "", "high"]),
        )  # fmt: skip
        def add(self, lane: str, most: int, role: str, risk: str) -> None:
            spec = Spec(lane, ("src/a.py",), instructions="do it")
            number = database.write(
                lambda tx: dispatch.add_task(
                    tx, repository_id=1, item_id=None, lane=dispatch.lane_id(tx, 1, lane), kind="fix",
                    title="t", spec=spec, wsjf=2.0, base=BASE, now=tx.now(), attempts_max=most,
                    place=Place(role, risk),
                )
            )  # fmt: skip
            self.world.tasks[number] = Model(number, lane, role, risk, most, clock())

        @precondition(lambda self: self.world.tasks)
        @rule(pick=st.integers(0, 999), verdict=st.sampled_from(["pass", "pass", "pass", "fail", "unknown"]))
        def gate(self, pick: int, verdict: str) -> None:
            task = self.pick(pick, S.REVIEW_NEEDED)
            if task.status is not S.REVIEW_NEEDED or task.review or task.landing == task.fence:
                return
            fence = task.fence

            def judge(tx: Any) -> None:
                if verdict == "pass":
                    offered = dispatch.submission(tx, task.number, fence)
                    mesh.conclude(tx, self.rules, offered, mesh.Examined({}), tx.now())
                elif verdict == "fail":
                    dispatch.verdicts.reject(tx, task.number, fence, "red", tx.now())
                else:
                    dispatch.verdicts.block(tx, task.number, fence, "unknown", tx.now())

            database.write(judge)
            if verdict == "pass":
                self.passed(task)
            elif verdict == "fail":
                self.world.leave(task, self.world.setback(task))
                task.rejections += 1
            else:
                self.world.leave(task, S.BLOCKED)

        def passed(self, task: Model) -> None:
            if not task.role:
                task.landing = task.fence
                return
            task.review = "verified"
            if task.risk == "low":
                self.approved(task)

        def approved(self, task: Model) -> None:
            task.review = "approved"
            where = CHAIN.index(task.role)
            if where + 1 == len(CHAIN):
                task.landing = task.fence
                return
            number = database.read(lambda tx: tx.scalar("SELECT max(id) FROM wl_task"))
            role = CHAIN[where + 1]
            self.world.tasks[number] = Model(
                number, role, role, task.risk, task.most if task.root is None else self.root(task).most,
                clock(), task.number, task.root or task.number,
            )  # fmt: skip

        def root(self, task: Model) -> Model:
            return task if task.root is None else self.world.tasks[task.root]

        @precondition(lambda self: self.world.tasks)
        @rule(pick=st.integers(0, 999))
        def land(self, pick: int) -> None:
            ready = [
                one
                for one in self.world.tasks.values()
                if one.status is S.REVIEW_NEEDED and one.landing == one.fence
            ]
            if not ready:
                return
            task = ready[pick % len(ready)]
            fence = task.fence
            database.write(lambda tx: dispatch.chain.close(tx, task.number, fence, tx.now()))
            for one in (task, *self.world.standing(task)):
                self.world.leave(one, S.COMPLETED)

        # ---- workers

        @rule(pick=st.integers(0, 999))
        def claim(self, pick: int) -> None:
            self.claim_from(self.lane(pick))

        def claim_from(self, lane: str) -> None:
            ready = [
                one for one in self.world.tasks.values() if one.status is S.PENDING and one.lane == lane
            ]
            answer = self.say("claim_task", AGENT, lanes=[lane])
            if not ready:
                assert answer == {"task": None}, "a task was claimed that is not ready"
                return
            best = min(ready, key=lambda one: (one.born, one.number))
            assert answer["task"] is not None, "a ready task was not found"
            assert answer["task"]["id"] == best.number, "not the best task"
            best.status, best.attempt, best.fence = S.IN_PROGRESS, best.attempt + 1, best.fence + 1
            assert answer["lease"]["fence"] == best.fence
            self.world.leases[best.number] = Held(best.fence, clock() + TTL_S)
            self.world.tokens.append((best.number, best.fence, answer["lease"]["token"]))

        @precondition(lambda self: self.world.tokens)
        @rule(
            pick=st.integers(0, 999),
            act=st.sampled_from([
                "submit", "pass", "renew", "renew", "ask", "veto", "submit", "proof", "pass", "no", "check",
                "history", "nothing", "stolen", "stolen",
            ]),
        )  # fmt: skip
        def worker(self, pick: int, act: str) -> None:
            """Any token that was ever given does all it can; the newest ones most often."""
            number, fence, token = self.token(pick, stolen=act == "stolen")
            task, held = self.world.tasks[number], self.world.leases.get(number)
            live = held is not None and held.fence == fence and clock() < held.until
            works = live and task.status is S.IN_PROGRESS
            tool, arguments, allowed = self.wish(act, task, live=live, works=works)
            principal = STRANGER if act == "stolen" else AGENT
            said, answer = self.tried(lambda: self.say(tool, principal, lease_token=token, **arguments))
            assert said == allowed, f"{act} of {task} with fence {fence}: {said}"
            if act == "check":
                assert answer["lease"] == ("alive" if live else "lost")
                assert (answer["status"], answer["fence"]) == (task.status.value, task.fence)
            if said and act not in ("check", "history"):
                self.did(act, task)

        def token(self, pick: int, *, stolen: bool) -> tuple[int, int, str]:
            """A late one whose task is somebody's again, one that is alive, a new one, or any."""
            if pick == LAST:
                return self.world.tokens[-1]
            leases = self.world.leases
            late = [one for one in self.world.tokens if one[0] in leases and leases[one[0]].fence != one[1]]
            live = [one for one in self.world.tokens if one[0] in leases and leases[one[0]].fence == one[1]]
            chosen = (live if stolen or pick % 3 else late) or self.world.tokens[-3:]
            chosen = chosen if stolen or pick % 5 else self.world.tokens
            return chosen[pick % len(chosen)]

        @precondition(lambda self: self.world.replaced)
        @rule(pick=st.integers(0, 999))
        def replaced(self, pick: int) -> None:
            """What a repeated claim has replaced opens nothing any more."""
            token = self.world.replaced[pick % len(self.world.replaced)]
            said, _ = self.tried(lambda: self.say("renew_lease", AGENT, lease_token=token))
            assert not said, "a replaced token still works"

        def wish(self, act: str, task: Model, *, live: bool, works: bool) -> tuple[str, dict[str, Any], bool]:
            """The tool, its arguments, and whether it should succeed."""
            guard = task.role in ("qa", "docs")
            calls: dict[str, tuple[str, dict[str, Any], bool]] = {
                "renew": ("renew_lease", {}, live),
                "ask": ("ask_clarification", {"question": "which?", "options": ["this", "that"]}, works),
                "veto": ("ask_clarification", {"question": "bad", "proposal": "better"}, works),
                "submit": ("submit_for_review", {"commit": GOOD}, works),
                "proof": (
                    "submit_for_review_with_evidence", {"commit": GOOD, "evidence": PROOF}, works,
                ),
                "pass": ("submit_for_review", {"verdict": "pass"}, works and guard),
                "no": ("submit_for_review", {"verdict": "reject", "reason": "bug"}, works and guard),
                "nothing": ("submit_for_review", {}, works and guard),
                "check": ("check_task_status", {}, True),
                "history": ("get_task_history", {}, True),
                "stolen": ("renew_lease", {}, False),
            }  # fmt: skip
            return calls[act]

        def did(self, act: str, task: Model) -> None:
            if act == "renew":
                self.world.leases[task.number] = Held(task.fence, clock() + TTL_S)
            elif act in ("ask", "veto"):
                task.status, task.asks = S.BLOCKED, True
            elif act == "no":
                self.world.leave(task, S.COMPLETED)
                root = self.root(task)
                self.world.leave(root, self.world.setback(root))
                root.rejections += 1
            else:
                unchanged = act in ("pass", "nothing")
                task.commit = self.base(task) if unchanged or self.base(task) == GOOD else GOOD
                self.world.leave(task, S.REVIEW_NEEDED)
                if task.commit == self.base(task):
                    self.passed(task)

        def base(self, task: Model) -> str:
            return BASE if task.parent is None else self.world.tasks[task.parent].commit

        # ---- longer ways, so that the machine gets deep into a chain

        @rule(pick=st.integers(0, 999), act=st.sampled_from(["submit", "pass"]))
        def turn(self, pick: int, act: str) -> None:
            """One worker's whole turn, and the gate passes it."""
            before = len(self.world.tokens)
            self.claim(pick)
            if len(self.world.tokens) == before:
                return
            task = self.world.tasks[self.world.tokens[-1][0]]
            self.worker(LAST, act if task.role in ("qa", "docs") else "submit")
            if task.status is S.REVIEW_NEEDED and not task.review and task.landing != task.fence:
                database.write(
                    lambda tx: mesh.conclude(
                        tx, self.rules, dispatch.submission(tx, task.number, task.fence), mesh.Examined({}),
                        tx.now(),
                    )
                )  # fmt: skip
                self.passed(task)

        @precondition(lambda self: self.world.leases)
        @rule(pick=st.integers(0, 999), act=st.sampled_from(["renew", "submit", "ask", "pass", "no"]))
        def taken_over(self, pick: int, act: str) -> None:
            """A task is taken from its worker, and the next one has it when the first one comes back."""
            held = sorted(self.world.leases)
            task = self.world.tasks[held[pick % len(held)]]
            old = next(one for one in reversed(self.world.tokens) if one[0] == task.number)
            self.say("requeue_task", BOSS, task_id=task.number, reason="slow")
            self.world.leave(task, S.PENDING, grow=1)
            self.claim_from(task.lane)
            tool, arguments, _ = self.wish(act, task, live=False, works=False)
            said, _ = self.tried(lambda: self.say(tool, AGENT, lease_token=old[2], **arguments))
            assert not said, f"{act} of {task} under the fence {old[1]} that it had before"

        @rule(pick=st.integers(0, 999), seconds=st.sampled_from([1, 300]))
        def ask_and_vanish(self, pick: int, seconds: int) -> None:
            before = len(self.world.tokens)
            self.claim(pick)
            if len(self.world.tokens) > before:
                self.worker(LAST, "ask")
                clock.advance(seconds)

        # ---- the brain and the admins

        @precondition(lambda self: self.world.tasks)
        @rule(pick=st.integers(0, 999), by=st.sampled_from([BOSS, BOSS, AGENT]))
        def respond(self, pick: int, by: Principal) -> None:
            task = self.pick(pick, S.BLOCKED)
            legal = task.status is S.BLOCKED and task.asks and by is BOSS
            said, _ = self.tried(
                lambda: self.say("respond_to_blocker", by, task_id=task.number, answer="this one")
            )
            assert said == legal, f"respond to {task}"
            if legal:
                self.answered(task)

        def answered(self, task: Model) -> None:
            held = self.world.leases.get(task.number)
            if held is not None and clock() < held.until:
                task.status, task.asks = S.IN_PROGRESS, False
                return
            if held is not None:  # expired and not swept yet
                task.attempt -= 1
                task.fence += 1
            self.world.end(task, S.PENDING)

        @precondition(lambda self: self.world.tasks)
        @rule(
            pick=st.integers(0, 999), right=st.sampled_from([True, True, True, False]),
            by=st.sampled_from([BOSS, BOSS, BOSS, AGENT]),
        )  # fmt: skip
        def approve(self, pick: int, right: bool, by: Principal) -> None:
            waiting = [one for one in self.world.tasks.values() if one.review == "verified"]
            task = waiting[pick % len(waiting)] if waiting and pick % 3 else self.pick(pick, S.REVIEW_NEEDED)
            commit = task.commit if right and task.commit else "c" * 40
            legal = (
                task.status is S.REVIEW_NEEDED and task.review == "verified" and commit == task.commit
                and by is BOSS and task.risk != "high"
            )  # fmt: skip
            said, _ = self.tried(
                lambda: self.say("approve_work", by, task_id=task.number, commit=commit)
            )
            assert said == legal, f"approve {task} at {commit[:4]}"
            if legal:
                self.approved(task)

        @precondition(lambda self: self.world.tasks)
        @rule(pick=st.integers(0, 999), by=st.sampled_from([BOSS, BOSS, AGENT]))
        def reject(self, pick: int, by: Principal) -> None:
            task = self.pick(pick, S.REVIEW_NEEDED)
            legal = task.status is S.REVIEW_NEEDED and by is BOSS
            said, answer = self.tried(lambda: self.say("reject_work", by, task_id=task.number, reason="no"))
            assert said == legal, f"reject {task}"
            if legal:
                self.world.leave(task, self.world.setback(task))
                task.rejections += 1
                assert answer == {"status": task.status.value, "rejections": task.rejections}

        @precondition(lambda self: self.world.tasks)
        @rule(
            pick=st.integers(0, 999), act=st.sampled_from(["requeue_task", "force_unblock", "cancel_task"]),
            by=st.sampled_from([BOSS, BOSS, AGENT]),
        )  # fmt: skip
        def operator(self, pick: int, act: str, by: Principal) -> None:
            states = (S.BLOCKED,) if act == "force_unblock" else (S.IN_PROGRESS, S.REVIEW_NEEDED)
            guarding = [one for one in self.world.tasks.values() if one.root and one.status not in ENDED]
            task = guarding[pick % len(guarding)] if guarding and not pick % 3 else self.pick(pick, *states)
            from_ = {
                "cancel_task": [s for s in S if s not in ENDED], "force_unblock": [S.BLOCKED],
                "requeue_task": [S.IN_PROGRESS, S.REVIEW_NEEDED, S.BLOCKED],
            }  # fmt: skip
            guards = task.root is not None and self.root(task).status not in ENDED
            legal = by is BOSS and task.status in from_[act] and not (act == "cancel_task" and guards)
            said, _ = self.tried(lambda: self.say(act, by, task_id=task.number, reason="because"))
            assert said == legal, f"{act} of {task}"
            if legal:
                self.world.leave(task, S.CANCELLED if act == "cancel_task" else S.PENDING, grow=1)

        @rule(by=st.sampled_from([BOSS, BOSS, AGENT]))
        def sweep(self, by: Principal) -> None:
            lost = [n for n, held in self.world.leases.items() if held.until <= clock()]
            said, answer = self.tried(lambda: self.say("sweep_stale_leases", by))
            assert said == (by is BOSS)
            if not said:
                return
            assert sorted(answer["requeued"] + answer["failed"]) == sorted(lost)
            for number in lost:
                task = self.world.tasks[number]
                if task.status is S.BLOCKED:
                    task.fence, task.attempt = task.fence + 1, task.attempt - 1
                    del self.world.leases[number]
                else:
                    self.world.end(task, self.world.setback(task), grow=1)
                    assert (number in answer["failed"]) == (task.status is S.FAILED)

        @precondition(lambda self: any(t.status is S.FAILED and t.role for t in self.world.tasks.values()))
        @rule(pick=st.integers(0, 999), choice=st.sampled_from(["retry", "retry", "give-up"]))
        def decide(self, pick: int, choice: str) -> None:
            failed = [t for t in self.world.tasks.values() if t.status is S.FAILED and t.role]
            task = failed[pick % len(failed)]
            asked = database.read(lambda tx: policy.decision(tx, f"failed:{task.number}"))
            parent = None if task.parent is None else self.world.tasks[task.parent]
            stands = parent is None or (parent.status is S.REVIEW_NEEDED and parent.review == "approved")
            root = self.root(task)
            legal = asked.status.value == "open" and (
                stands if choice == "retry" else task.root is None or root.status not in ENDED
            )
            said, _ = self.tried(lambda: self.mesh.decide(Caller(OWNER), asked.id, choice))
            assert said == legal, f"decide {choice} about {task}"
            if said and choice == "retry":
                number = database.read(lambda tx: tx.scalar("SELECT max(id) FROM wl_task"))
                self.world.tasks[number] = Model(
                    number, task.lane, task.role, task.risk, task.most, clock(), task.parent, task.root
                )
            elif said and task.root is not None:
                self.world.leave(root, S.CANCELLED, grow=1)

        # ---- time, the controller and repetition

        @rule(seconds=st.sampled_from([1, 200, 300, 90_000]))
        def wait(self, seconds: int) -> None:
            clock.advance(seconds)

        @rule()
        def tick(self) -> None:
            """The controller finds nothing to do: all was done in the transactions that made it so."""
            found = database.write(lambda tx: mesh.tick(tx, 1, self.rules, tx.now()))
            assert (found.approved, found.advanced, found.resumed, found.decided) == ((), (), (), ())

        @precondition(lambda self: self.world.spoken)
        @rule(pick=st.integers(0, 999))
        def repeat(self, pick: int) -> None:
            """The same key and call again: the same answer, and nothing happens."""
            spoken = self.world.spoken[pick % len(self.world.spoken)]
            if spoken.tool == "claim_task":
                self.claim_again(spoken)
                return
            said, answer = self.tried(
                lambda: self.mesh.call(spoken.tool, spoken.caller, spoken.arguments)
            )
            if "lease_token" in spoken.arguments and not said:
                # its token was replaced by a repeated claim; the lease itself is not in question
                assert spoken.arguments["lease_token"] not in {text for _, _, text in self.world.tokens}
                return
            assert (said, answer) == (True, spoken.answer), "a repetition was answered otherwise"

        def claim_again(self, spoken: Spoken) -> None:
            number, fence = spoken.answer["lease"]["task_id"], spoken.answer["lease"]["fence"]
            held = self.world.leases.get(number)
            live = held is not None and held.fence == fence and clock() < held.until
            said, answer = self.tried(
                lambda: self.mesh.call("claim_task", spoken.caller, spoken.arguments)
            )
            assert said == live, "a repeated claim is answered while its lease is alive, and never later"
            if said:
                assert (answer["lease"]["task_id"], answer["lease"]["fence"]) == (number, fence)
                self.world.replaced += [one[2] for one in self.world.tokens if one[:2] == (number, fence)]
                self.world.tokens = [one for one in self.world.tokens if one[:2] != (number, fence)]
                self.world.tokens.append((number, fence, answer["lease"]["token"]))

        @precondition(lambda self: self.world.spoken)
        @rule(pick=st.integers(0, 999))
        def reuse_a_key(self, pick: int) -> None:
            """An old key with another call is refused, whoever holds what."""
            spoken = self.world.spoken[pick % len(self.world.spoken)]
            if "lease_token" in spoken.arguments:
                return
            other = "sweep_stale_leases" if spoken.tool != "sweep_stale_leases" else "requeue_task"
            arguments = {} if other == "sweep_stale_leases" else {"task_id": 1, "reason": "x"}
            said, answer = self.tried(lambda: self.mesh.call(other, spoken.caller, arguments))
            assert not said, f"the key of {spoken.tool} did {other}: {answer}"

        # ---- the two agree

        @invariant()
        def the_database_agrees(self) -> None:
            rows, leases = database.read(look)
            assert {row["id"]: row_of(row) for row in rows} == {
                number: (
                    task.status.value, task.attempt, task.fence, task.review, task.rejections, task.parent,
                    task.root, task.role,
                )
                for number, task in self.world.tasks.items()
            }  # fmt: skip
            assert {row["task_id"]: (row["fence"], row["expires_at"]) for row in leases} == {
                number: (held.fence, held.until) for number, held in self.world.leases.items()
            }

        @invariant()
        def nothing_stands_on_nothing(self) -> None:
            for task in self.world.tasks.values():
                if task.parent is not None and task.status not in ENDED:
                    parent = self.world.tasks[task.parent]
                    assert (parent.status, parent.review) == (S.REVIEW_NEEDED, "approved"), task

        def tried(self, act: Callable[[], Any]) -> tuple[bool, Any]:
            with contextlib.suppress(Conflict, Denied, Invalid):
                return True, act()
            return False, None

    return Life


PROOF = {
    "test_command": "true", "test_result": {"outcome": "passed"}, "files_changed": ["src/a.py"],
    "checklist": [],
}  # fmt: skip


def look(tx: Any) -> tuple[Any, Any]:
    tasks = tx.rows(
        "SELECT id, status, attempt, fence, review, rejections, parent_id, root_id, role FROM wl_task"
    )
    return tasks, tx.rows("SELECT task_id, fence, expires_at FROM wl_lease")


def row_of(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in row if name != "id")
