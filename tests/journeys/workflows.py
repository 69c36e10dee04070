"""The four workflows of the founding document and one of high risk, by `call(tool, arguments, token)`.

Whatever carries a call (the function itself, MCP, HTTP) is plugged in by whoever runs them. The repository,
the commits, the checks in the sandbox and the landing are real.
"""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.environments import shared
from windlass import backlog, dispatch, events, identity, mesh, policy
from windlass.app.workflows import bodies
from windlass.dispatch import Folders, Place, Site, Spec, Task, TaskStatus
from windlass.identity import Role, TokenKind
from windlass.kernel import Conflict, Denied, FixedClock
from windlass.mesh import Caller, Mesh, MeshSettings, SiteSource
from windlass.policy import Scope
from windlass.sandbox import open_launcher, probe
from windlass.store import Database, Started
from windlass.workspace import Author, Checkout, Mirror

Call = Callable[[str, Mapping[str, Any], str], dict[str, Any]]
"""Do a tool with these arguments as the bearer of this token; refusals are errors of the kernel's tree."""

FILES = {
    "src/login.py": "def button():\n    return 'Lgoin'\n",
    "check.py": "import sys\nsys.path.insert(0, 'src')\nimport login\nassert login.button()\n",
    "docs/login.md": "# Login\n",
    "cover.py": """import sys
seen = set()
def trace(frame, event, arg):
    if frame.f_code.co_filename.endswith("login.py") and event == "line":
        seen.add(frame.f_lineno)
    return trace
sys.settrace(trace)
import check
sys.settrace(None)
with open("src/login.py") as file:
    lines = {n for n, text in enumerate(file, 1) if text.strip()}
with open("lcov.info", "w") as file:
    file.write(f"SF:src/login.py\\nLF:{len(lines)}\\nLH:{len(lines & seen)}\\nend_of_record\\n")
""",
}
LOGIN = {"src/login.py": "def button():\n    return 'Login'\n"}


def git(folder: Path, *args: str) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *who, "-C", str(folder), *args], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


@dataclass
class Yard:
    """A user's repository under care, its mesh, and agents that work in clones of their own."""

    site: Site
    started: Started
    clock: FixedClock
    user: Path
    agents: Path
    settings: MeshSettings
    call: Call = field(init=False)
    _done: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.call = self.directly
        git(self.agents.parent, "clone", "-q", str(self.user), str(self.agents))

    @property
    def database(self) -> Database:
        return self.site.database

    @property
    def mesh(self) -> Mesh:
        number = self.site.repository.id
        return Mesh(
            self.database, self.settings, source=SiteSource({number: self.site}), start=self.started
        )

    def directly(self, tool: str, arguments: Mapping[str, Any], token: str) -> dict[str, Any]:
        """The plain function, without any protocol around it."""
        principal = self.database.read(lambda tx: identity.resolve(tx, token, tx.now()))
        return self.mesh.call(tool, Caller(principal, via="rest"), arguments)

    def token(self, subject: str, role: Role = Role.AGENT) -> str:
        kind = TokenKind.RUNNER if role is Role.AGENT else TokenKind.PERSON
        made = self.database.write(
            lambda tx: identity.issue(
                tx, kind, subject=subject, role=role, now=tx.now(), expires_at=tx.now() + 86_400, by="test"
            )
        )
        return made.text

    def file(self, title: str, lane: str, *, risk: str = "low", item: int | None = None) -> int:
        """What the architect does: a task for a lane, graded by the gate."""
        spec = Spec(lane, ("src/login.py",), instructions=title)
        number = self.site.repository.id
        self.site.mirror.sync(self.site.checkout)
        base = self.site.mirror.ref(self.site.main_ref) or ""
        return self.database.write(
            lambda tx: dispatch.add_task(
                tx, repository_id=number, item_id=item, lane=dispatch.lane_id(tx, number, lane), kind="fix",
                title=title, spec=spec, wsjf=2.0, base=base, now=tx.now(),
                place=Place("implementation", risk),
            )
        )  # fmt: skip

    def commit(self, claimed: Mapping[str, Any], files: Mapping[str, str]) -> str:
        """An agent commits on its base and pushes its branch to the tended repository."""
        offer = claimed["workspace"]
        git(self.agents, "fetch", "-q", "origin")
        git(self.agents, "checkout", "-q", "-B", offer["branch"], offer["base"])
        for name, text in files.items():
            (self.agents / name).parent.mkdir(parents=True, exist_ok=True)
            (self.agents / name).write_text(text)
        git(self.agents, "add", "-A")
        git(self.agents, "commit", "-q", "-m", "Do the work")
        git(self.agents, "push", "-q", "-f", "origin", offer["branch"])
        return git(self.agents, "rev-parse", "HEAD")

    def settle(self) -> None:
        """Run every workflow that was started, as an engine would, and the controller in between."""
        for _ in range(20):
            rules = mesh.Rules(self.settings, self.started)
            self.database.write(lambda tx, r=rules: mesh.tick(tx, self.site.repository.id, r, tx.now()))
            fresh = [key for key in self.started.keys if key not in self._done]
            if not fresh:
                return
            for key in fresh:
                self._done.add(key)
                name, inputs = self.started.keys[key]
                bodies(self.site)[name](**inputs)
        raise AssertionError(f"the workflows never end: {list(self.started.keys)}")

    def task(self, number: int) -> Task:
        return self.database.read(lambda tx: dispatch.task(tx, number))

    def status(self, number: int) -> str:
        return self.task(number).status.value

    def leases(self) -> int:
        """How many are at work."""
        return int(self.database.read(lambda tx: tx.scalar("SELECT count(*) FROM wl_lease")) or 0)

    def told(self, number: int) -> list[events.Event]:
        return self.database.read(lambda tx: events.history(tx, task=number))

    def work(self, lane: str, files: Mapping[str, str] | None, **more: Any) -> dict[str, Any]:
        """One agent's turn: claim from its lane, commit, submit; the claim and the answer together.

        With `evidence` among what it says, that is the tool it submits with.
        """
        bearer = self.token(f"runner:{lane}")
        claimed = self.call("claim_task", {"lanes": [lane]}, bearer)
        assert claimed["task"] is not None, f"nothing is ready for {lane}"
        token = claimed["lease"]["token"]
        arguments = dict(more) if files is None else {"commit": self.commit(claimed, files), **more}
        tool = "submit_for_review_with_evidence" if "evidence" in more else "submit_for_review"
        answer = self.call(tool, {"lease_token": token, **arguments}, bearer)
        self.settle()
        return {**claimed, "answer": answer, "bearer": bearer, "id": claimed["task"]["id"]}


def make_yard(
    database: Database, place: Path, clock: FixedClock, *, sandboxed: bool = False, **settings: Any
) -> Yard:
    """`sandboxed`: what windlass runs is held in the real sandbox; skipped where there is none."""
    if sandboxed and not (found := probe()).ok:
        pytest.skip(f"no sandbox here: {found.reason}")
    user = place / "user"
    for name, text in FILES.items():
        (user / name).parent.mkdir(parents=True, exist_ok=True)
        (user / name).write_text(text)
    git(place, "init", "-q", str(user))
    git(user, "add", "-A")
    git(user, "commit", "-q", "-m", "first")
    git(user, "checkout", "-q", "--detach")  # so that main may be moved and branches pushed
    checkout = Checkout.open(user, main="main")
    repository = database.write(lambda tx: backlog.tend(tx, "shop", str(user), "main", tx.now()))
    started, launcher = Started(), open_launcher(trust=not sandboxed)
    names = ("attempts", "checkouts", "environments", "patches", "trash")
    site = Site(
        database=database, repository=repository, checkout=checkout, mirror=Mirror.create(place / "mirror"),
        launcher=launcher, folders=Folders(*(place / name for name in names)), clock=clock,
        start=started, scope=Scope(daily_prs=1000), author=Author("windlass", "windlass@localhost"),
        runners={}, node="n1", verify={
            "fast": ["python3 check.py"], "pr": ["true"], "environments": str(shared()),
        }, autonomy="land", land=True, mesh={"approve": settings.get("approve", mesh.Approve.LOW_RISK).value},
    )  # fmt: skip
    return Yard(site, started, clock, user, place / "agents", MeshSettings(land=True, **settings))


def happy_path(yard: Yard) -> None:
    """Workflow 1: a typo is fixed, tested and documented; three tasks, and main moves once."""
    before = git(yard.user, "rev-parse", "main")
    fix = yard.file("Fix typo in login button", "frontend")
    assert yard.work("frontend", LOGIN)["id"] == fix
    assert yard.status(fix) == "review_needed", "closing is an effect of landing"
    tested = yard.work("qa", None, verdict="pass")
    assert yard.task(tested["id"]).parent == fix
    assert git(yard.user, "rev-parse", "main") == before
    documented = yard.work("docs", {"docs/login.md": "# Login\n\nThe button says Login.\n"})
    assert yard.task(documented["id"]).parent == tested["id"], "docs depend on the tests, not on the fix"
    assert [yard.status(n) for n in (fix, tested["id"], documented["id"])] == ["completed"] * 3
    landed = git(yard.user, "rev-parse", "main")
    assert git(yard.user, "rev-list", "--count", f"{before}..main") == "1"
    assert "Login" in git(yard.user, "show", f"{landed}:src/login.py")
    assert "says Login" in git(yard.user, "show", f"{landed}:docs/login.md")
    assert f"Windlass-Task: {documented['id']}" in git(yard.user, "log", "-1", "--format=%B", "main")


def approved_by_a_person(yard: Yard) -> None:
    """Workflow 1 again where nothing is approved by itself: not by its worker, and only what was seen."""
    brain = yard.token("person:brain", Role.APPROVER)
    yard.file("Fix typo in login button", "frontend", risk="")
    fixed = yard.work("frontend", LOGIN)
    commit = fixed["answer"]["submission"]["commit"]
    assert yard.task(fixed["id"]).review.value == "verified"
    seen = {"task_id": fixed["id"], "commit": fixed["workspace"]["base"]}
    refused(lambda: yard.call("approve_work", seen, brain), Conflict)
    refused(lambda: yard.call("approve_work", {**seen, "commit": commit}, fixed["bearer"]))
    answer = yard.call("approve_work", {**seen, "commit": commit}, brain)
    assert (answer["next"]["role"], answer["self_approved"]) == ("qa", False)
    refused(lambda: yard.call("approve_work", {**seen, "commit": commit}, brain), Conflict)
    for role in ("qa", "docs"):
        done = yard.work(role, None, verdict="pass")
        word = {"task_id": done["id"], "commit": done["answer"]["submission"]["commit"]}
        yard.call("approve_work", word, brain)
        yard.settle()
    assert yard.status(fixed["id"]) == "completed"
    assert "'Login'" in git(yard.user, "show", "main:src/login.py")


def qa_rejection(yard: Yard) -> None:
    """Workflow 2: the tests find a bug, the work goes back with the reason, and the second try lands."""
    fix = yard.file("Fix login bug", "backend")
    yard.work("backend", LOGIN)
    no = yard.work("qa", None, verdict="reject", reason="Missing null check")
    assert no["answer"]["status"] == "completed", "the guardian did its job"
    task = yard.task(fix)
    assert (task.status, task.attempt, task.rejections, task.note) == (
        TaskStatus.PENDING, 1, 1, "Missing null check",
    )  # fmt: skip
    again = yard.work("backend", {"src/login.py": "def button(user=None):\n    return 'Login'\n"})
    assert again["id"] == fix
    assert "Missing null check" in [each["content"] for each in again["messages"]]
    tested = yard.work("qa", None, verdict="pass")
    assert yard.task(tested["id"]).parent == fix
    assert tested["id"] != no["id"]
    documented = yard.work("docs", None, verdict="pass")
    assert [yard.status(n) for n in (fix, tested["id"], documented["id"])] == ["completed"] * 3
    assert "user=None" in git(yard.user, "show", "main:src/login.py")


def circuit_breaker(yard: Yard) -> None:
    """Workflow 3: the third rejection fails the task, alerts, and asks a person."""
    before = git(yard.user, "rev-parse", "main")
    fix = yard.file("Implement complex feature", "backend")
    for attempt, rest in zip((1, 2, 3), ("pending", "pending", "failed"), strict=True):
        text = f"def button():\n    return 'Login {attempt}'\n"
        assert yard.work("backend", {"src/login.py": text})["id"] == fix
        yard.work("qa", None, verdict="reject", reason=f"bug {attempt}")
        assert (yard.status(fix), yard.task(fix).rejections) == (rest, attempt)
    assert yard.call("claim_task", {"lanes": ["backend"]}, yard.token("runner:late")) == {"task": None}
    assert git(yard.user, "rev-parse", "main") == before
    alarmed(yard, fix)


def timeout_breaker(yard: Yard) -> None:
    """Workflow 4: three workers die without a word; the third loss fails the task, alerts, and asks."""
    admin = yard.token("person:root", Role.ADMIN)
    fix = yard.file("Fix login bug", "backend")
    dead = []
    for attempt in (1, 2, 3):
        bearer = yard.token(f"runner:w{attempt}")
        claimed = yard.call("claim_task", {"lanes": ["backend"]}, bearer)
        dead.append((claimed, bearer))
        assert claimed["task"]["attempt"] == attempt
        yard.clock.advance(301)
        swept = yard.call("sweep_stale_leases", {}, admin)
        ended = {"requeued": [fix], "failed": []} if attempt < 3 else {"requeued": [], "failed": [fix]}
        assert swept == ended
    assert yard.status(fix) == "failed"
    before = len(yard.told(fix))
    for claimed, bearer in dead:
        late = {"lease_token": claimed["lease"]["token"]}
        refused(lambda late=late, bearer=bearer: yard.call("renew_lease", late, bearer), Conflict)
        commit = {**late, "commit": "a" * 40}
        refused(lambda c=commit, bearer=bearer: yard.call("submit_for_review", c, bearer), Conflict)
        assert yard.call("check_task_status", late, bearer)["lease"] == "lost"
    assert len(yard.told(fix)) == before, "who comes late changes nothing"
    alarmed(yard, fix)


def high_risk(yard: Yard) -> None:
    """Work of high risk: no evidence, no approval; a lie goes back by itself; what was run again lands."""
    before = git(yard.user, "rev-parse", "main")
    brain = yard.token("person:brain", Role.APPROVER)
    fix = yard.file("Change what everybody sees first", "frontend", risk="high")
    bare = yard.work("frontend", LOGIN)
    assert (yard.status(fix), yard.task(fix).review.value) == ("review_needed", "verified")
    word = {"task_id": fix, "commit": bare["answer"]["submission"]["commit"]}
    assert "lacks: evidence" in str(refused(lambda: yard.call("approve_work", word, brain), Denied))
    yard.call("reject_work", {**word, "reason": "Show that it works."}, brain)

    text = {"src/login.py": "def button(user=None):\n    return 'Login' if user is None else user\n"}
    lie = proof(text, percent=100.0, review_response="See the report.")
    lie["files_changed"] = ["check.py"]
    yard.work("frontend", text, evidence=lie)
    assert (yard.status(fix), yard.task(fix).rejections) == ("pending", 2)
    assert "the evidence does not hold: files_changed" in yard.task(fix).note

    honest = yard.work("frontend", text, evidence=proof(text, percent=100.0, review_response="Tested now."))
    assert honest["answer"]["evidence"]["test_result"] == "unknown", "nothing was run yet at the door"
    assert checked(yard, fix) >= {"commit", "files_changed", "test_result", "coverage", "acceptance_checks"}
    word = {"task_id": fix, "commit": honest["answer"]["submission"]["commit"]}
    refused(lambda: yard.call("approve_work", word, honest["bearer"]), Denied)
    assert yard.call("approve_work", word, brain)["next"]["role"] == "qa"

    for role, files in (("qa", None), ("docs", {"docs/login.md": "# Login\n\nIt greets by name.\n"})):
        done = yard.work(role, files, verdict="pass", evidence=proof(files or {}, percent=100.0))
        assert "test_result" in checked(yard, done["id"])
        assert git(yard.user, "rev-parse", "main") == before, "not before the last of the chain is approved"
        word = {"task_id": done["id"], "commit": done["answer"]["submission"]["commit"]}
        yard.call("approve_work", word, brain)
        yard.settle()
    assert yard.status(fix) == "completed"
    assert "user is None" in git(yard.user, "show", "main:src/login.py")


def proof(files: Mapping[str, str], *, percent: float, **more: str) -> dict[str, Any]:
    """What an agent says about its commit; `cover.py` measures, and windlass runs it again."""
    no_test = 9
    return {
        "test_command": "python3 cover.py", "test_result": {"outcome": "passed", "exit_code": 0},
        "files_changed": sorted(files), "coverage": {"percent": percent, "artifact": "lcov.info"},
        "checklist": [
            {"item": n, "state": "not_applicable" if n == no_test else "yes"} for n in range(1, 13)
        ],
        **more,
    }  # fmt: skip


def checked(yard: Yard, number: int) -> set[str]:
    """The claims of a task's last submission that windlass has verified itself."""
    task = yard.task(number)
    offered = yard.database.read(lambda tx: dispatch.submission(tx, number, task.fence))
    found = json.loads(offered.checked)
    assert "refuted" not in found.values(), found
    return {name for name, state in found.items() if state == "verified"}


def alarmed(yard: Yard, number: int) -> None:
    """A critical event and an open decision; its answer files the task anew."""
    (alarm,) = [each for each in yard.told(number) if each.kind == "task.failed"]
    assert alarm.data["severity"] == "critical"
    (asked,) = [
        each
        for each in yard.database.read(lambda tx: policy.open_decisions(tx, yard.site.repository.id))
        if each.task == number
    ]
    assert (asked.kind, asked.priority, asked.options) == ("failed", 0, ("retry", "give-up"))
    caller = Caller(identity.OWNER, via="cli")
    yard.mesh.decide(caller, asked.id, "retry")
    (fresh,) = [
        each
        for each in yard.database.read(lambda tx: dispatch.tasks(tx, yard.site.repository.id))
        if each.status is TaskStatus.PENDING
    ]
    assert (fresh.title, fresh.attempt) == (yard.task(number).title, 0)
    refused(lambda: yard.mesh.decide(caller, asked.id, "retry"), Conflict)


def refused(act: Callable[[], object], kind: type[Exception] = Exception) -> Exception:
    try:
        act()
    except kind as error:
        return error
    raise AssertionError("it was not refused")


WORKFLOWS: dict[str, tuple[Callable[[Yard], None], dict[str, Any]]] = {
    "happy path": (happy_path, {}),
    "happy path, approved by a person": (approved_by_a_person, {"approve": mesh.Approve.NEVER}),
    "QA rejection": (qa_rejection, {}),
    "circuit breaker": (circuit_breaker, {}),
    "timeout breaker": (timeout_breaker, {}),
    "high risk, with evidence": (high_risk, {"sandboxed": True}),
}
"""By name: what happens, and the settings it needs."""

