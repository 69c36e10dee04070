"""The tools in a lease's own box: served to whoever is there as the holder of that lease, and nobody else."""

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import anyio
import httpx2
import pytest
from tests.app.shop import Shop, bench, new_shop
from tests.mcp.conftest import Place
from tests.mcp.test_http import ACCEPT, INIT

from mcp import Client
from windlass import dispatch, policy
from windlass.app.beside import mesh_beside
from windlass.app.lines import MCP_PORT, open_lines
from windlass.app.seat import Seat, holder_of
from windlass.app.wiring import open_launcher
from windlass.dispatch import Job, Lease, TaskStatus
from windlass.dispatch.local import LocalEmployer
from windlass.events import history
from windlass.identity import OWNER, LeaseRef, TokenKind, issue
from windlass.mcp import serve_lease
from windlass.mcp.http import BODY_MAX
from windlass.mcp.lease import Served
from windlass.mesh import Caller, procedure
from windlass.sandbox import Limits, Mount, as_talk, interpreter_mounts
from windlass.store import Started

CLIENT = Path(__file__).with_name("in_box.py")
LONG_S = 120.0
HOLDERS = [
    "ask_clarification", "check_task_status", "get_task_history", "renew_lease", "submit_for_review"
]  # fmt: skip


def job_of(lease: Lease) -> Job:
    told = dispatch.Assignment(lease.task_id, lease.fence, 1, "t", "", "", "", (), (), (), "", "", "")
    return Job(lease, "mechanic", told)


@contextmanager
def served(place: Place) -> Iterator[tuple[str, Lease]]:
    """The address of a fresh lease's tools, on the host's own loopback."""
    place.desk.file()
    _, lease = place.desk.take()
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    holder = holder_of(job_of(lease), 1)
    with closing(serve_lease(Seat(lambda: place.mesh), place.door, holder, procedure, listener)):
        yield url, lease


def test_an_agent_in_its_box_has_the_tools_of_its_lease_and_no_others(tmp_path: Path) -> None:
    shop = new_shop(tmp_path / "plant", files=2)
    with closing(shop), shop.open() as plant, open_lines(plant.home, shop.env, serve_lease) as lines:
        at = bench(plant, Started())
        mine, other = at.file(), at.file("shop/part_1.py")
        employer = LocalEmployer(at.site, 300.0)
        job, theirs = employer.take("w1"), employer.take("w2")
        assert job is not None
        assert theirs is not None
        assert (job.lease.task_id, theirs.lease.task_id) == (mine, other)
        token = plant.database.write(lambda tx: issue(
            tx, TokenKind.LEASE, subject="lease", role=holder_of(job, 1).role, now=tx.now(),
            expires_at=tx.now() + 60, by="test", lease=LeaseRef(other, theirs.lease.fence, "w2", "n"),
        )).text  # fmt: skip
        said = json.loads(in_box(shop, job, lines.kit(plant).doors(job), [str(other), token]))
        assert said["tools"] == HOLDERS
        assert said["prompts"] > 0
        assert (said["mine"]["task_id"], said["mine"]["lease"]) == (mine, "alive")
        assert said["renewed"]["renew_every_s"] == 100.0
        assert said["note"] == {"status": "in_progress", "submission": None}
        assert said["commit"] == "invalid"
        for refused in ("other task", "other history", "stolen token", "a noted theft"):
            assert said[refused] == "denied", refused
        for unknown in ("claim", "approve", "cancel"):
            assert said[unknown] == "error -32602", unknown
        assert said["asked"]["status"] == "blocked"
        asked = plant.database.read(lambda tx: policy.decision(tx, said["asked"]["decision_id"]))
        assert (asked.question, asked.options, asked.task) == ("Which one?", ("a", "b"), mine)
        refused = [one for one in at.read(history) if one.kind == "access.denied"]
        assert [(one.actor, one.data["via"]) for one in refused] == [(f"lease:{mine}/1", "mcp")] * 4
        words = at.read(lambda tx: dispatch.messages(tx, mine))
        assert [(one.kind, one.content) for one in words] == [
            ("progress", "It is done."), ("question", "Which one?"),
        ]  # fmt: skip
        status = employer.end(job, dispatch.Outcome.FAILED, "its turn ended")
        assert status is TaskStatus.BLOCKED, "who does not wait for the answer leaves the question"
        mesh_beside(plant).decide(Caller(OWNER), asked.id, "a")
        assert at.task(mine).status is TaskStatus.PENDING
        assert at.task(mine).note == "a"


def in_box(shop: Shop, job: Job, doors: object, words: list[str]) -> bytes:
    """What the client prints that runs in the sandbox, behind the doors of this job."""
    mounts = (*interpreter_mounts(Path(sys.executable)), Mount(CLIENT, "/client.py"))
    said = b""
    with as_talk(open_launcher(shop.open()), mounts, "/", {}, Limits(wall_s=LONG_S), doors=doors) as talk:
        assert talk.addresses == {"mcp": f"http://127.0.0.1:{MCP_PORT}"}
        argv = [sys.executable, "/client.py", f"{talk.addresses['mcp']}/mcp", *words]
        with talk(argv, timeout_s=LONG_S) as dialogue:
            while part := dialogue.receive(LONG_S):
                said += part
            ran = dialogue.end()
    assert ran.exit_code == 0, ran.stderr.decode()
    return said


def test_requests_that_a_box_does_not_make_are_refused(lite: Place) -> None:
    with served(lite) as (url, _), httpx2.Client() as client:
        plain = {"Content-Type": "application/json", "Accept": ACCEPT}

        def status(body: object, **headers: str) -> int:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            return client.post(url, content=content, headers={**plain, **headers}).status_code

        assert status(INIT) == 200
        assert status(INIT, Authorization="Bearer wl_pat_x") == 200, "no token counts here, good or bad"
        assert status(INIT, Host="evil.example") == 421
        assert status(INIT, Origin="http://evil.example") == 403
        assert status(b" " * (BODY_MAX + 1)) == 413
        assert status(b'{"id": 1, "id": 2}') == 400
        assert client.put(url).status_code == 405
        assert client.get(url.removesuffix("mcp")).status_code == 404


def test_a_lost_lease_changes_nothing_more_and_is_told_so(lite: Place) -> None:
    async def ask(url: str) -> list[object]:
        async with Client(url) as client:
            told = [await client.call_tool("ask_clarification", {"question": "?"})]
            told.append(await client.call_tool("submit_for_review", {"note": "x"}))
            told.append(await client.call_tool("check_task_status", {}))
        return told

    with served(lite) as (url, lease):
        lite.desk.requeue(lease.task_id)
        asked, noted, seen = anyio.run(ask, url)
        assert [one.meta["windlass/problem"]["code"] for one in (asked, noted)] == ["lease-lost"] * 2
        assert seen.structured_content["lease"] == "lost"
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(url)


def test_nothing_is_begun_before_somebody_comes(lite: Place) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    made: list[str] = []
    Served(lambda: made.append("made"), listener).close()  # type: ignore[arg-type] # a server is never made
    assert (made, listener.fileno()) == ([], -1)
