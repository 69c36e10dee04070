"""The box of an attempt: doors, installed agents, state; around real programs in the real sandbox."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from windlass.dispatch import Job, LeaseLost
from windlass.dispatch.box import Ground, Kit, Program, open_box, own_tools, proxied
from windlass.dispatch.local import LocalEmployer
from windlass.dispatch.state import STATE
from windlass.kernel import Dialogue, Invalid, Tools, system_clock
from windlass.sandbox import Door, Mount, prepare_writable
from windlass.sandbox.none import Unconfined

LONG_S = 60.0
PATH = "/usr/local/bin:/usr/bin:/bin"


class Kept:
    """A keeper of a lease that is lost when the test says so."""

    def __init__(self, job: Job) -> None:
        self.lost, self._job = threading.Event(), job

    def check(self) -> None:
        if self.lost.is_set():
            raise LeaseLost(self._job.lease)


class Line:
    """Tells whoever comes in whose listener it is."""

    def __init__(self, job: Job, listener: socket.socket, closed: list[int]) -> None:
        self._said = f"task {job.lease.task_id}".encode()
        self._task, self._closed = job.lease.task_id, closed
        self._listener = listener
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            with caller:
                caller.sendall(self._said)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._closed.append(self._task)


@pytest.fixture
def closed() -> list[int]:
    return []


@pytest.fixture
def kit(tmp_path: Path, closed: list[int]) -> Kit:
    agent = tmp_path / "agents" / "helper"
    (agent / "bin").mkdir(parents=True)
    (agent / "bin" / "helper").write_text("#!/bin/sh\necho helped\n")
    (agent / "bin" / "helper").chmod(0o755)

    def doors(job: Job) -> Mapping[str, Door]:
        return {"model": Door(8701, lambda listener: Line(job, listener, closed))}

    return Kit(doors, {"helper": Program((Mount(agent, "/opt/helper"),), ("/opt/helper/bin",))})


@pytest.fixture
def jobs(lite_place) -> Any:
    """Claims one task after the other."""
    employer = LocalEmployer(lite_place.site, 300.0)

    def take(**more: object) -> Job:
        lite_place.desk.file(base=lite_place.base, **more)
        job = employer.take("w1")
        assert job is not None
        return job

    return take


@pytest.fixture
def box(lite_place, kit: Kit, tmp_path: Path) -> Any:
    site = lite_place.site

    @contextmanager
    def opened(job: Job, kept: Kept | None = None) -> Iterator[Tools]:
        work = tmp_path / f"work-{job.lease.fence}"
        work.mkdir(exist_ok=True)
        prepare_writable(work)
        ground = Ground(
            site.launcher, (Mount(work, str(work), writable=True),), str(work), {"PATH": PATH},
            site.folders.attempts,
        )  # fmt: skip
        with open_box(kit, job, ground, kept or Kept(job), system_clock) as tools:  # type: ignore[arg-type]  # as much of a keeper as a box needs
            yield tools

    return opened


def heard(dialogue: Dialogue) -> bytes:
    got = bytearray()
    while part := dialogue.receive(LONG_S):
        got += part
    dialogue.end()
    return bytes(got)


def ask(tools: Tools) -> bytes:
    port = tools.places["model"].rpartition(":")[2]
    return heard(tools.talk(["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3"], timeout_s=LONG_S))


def test_each_attempt_reaches_the_listener_of_its_own_lease(jobs: Any, box: Any, closed: list[int]) -> None:
    one, other = jobs(), jobs(paths=("src/b.py",))
    with box(one) as first, box(other) as second:
        assert first.places["model"] == second.places["model"] == "http://127.0.0.1:8701"
        assert ask(first) == f"task {one.lease.task_id}".encode()
        assert ask(second) == f"task {other.lease.task_id}".encode()
    assert closed == [one.lease.task_id, other.lease.task_id]


def test_what_believes_its_callers_is_served_in_a_network_of_their_own_alone(
    jobs: Any, kit: Kit, lite_place
) -> None:
    job = jobs()
    inside = replace(kit.doors(job)["model"], port=8702, inside=True)
    kit = replace(kit, doors=lambda one: {"mcp": inside})
    ground = Ground(lite_place.site.launcher, (), "/", {"PATH": PATH}, lite_place.site.folders.attempts)
    seen = []
    for launcher in (ground.launcher, Unconfined()):
        with open_box(kit, job, replace(ground, launcher=launcher), Kept(job), system_clock) as tools:  # type: ignore[arg-type]  # see above
            seen.append(tools.places.get("mcp"))
    assert seen == ["http://127.0.0.1:8702", None]


def test_an_installed_agent_is_found_by_its_name_and_cannot_be_changed(jobs: Any, box: Any) -> None:
    with box(jobs()) as tools:
        dialogue = tools.talk(
            ["sh", "-c", "helper; echo x > /opt/helper/bin/helper || echo no"], timeout_s=60, program="helper"
        )
        assert heard(dialogue) == b"helped\nno\n"
        assert heard(tools.talk(["sh", "-c", "helper || echo none"], timeout_s=60)) == b"none\n"
        with pytest.raises(Invalid, match="no agent 'other' is installed"):
            tools.talk(["other"], timeout_s=60, program="other")


def test_what_an_agent_keeps_is_there_at_the_next_attempt_and_for_its_other_programs(
    jobs: Any, box: Any, lite_place
) -> None:
    job = jobs()
    later = replace(job, lease=replace(job.lease, fence=job.lease.fence + 1))
    with box(job) as tools:
        assert heard(tools.talk(["sh", "-c", "echo s1 > $HOME/session"], timeout_s=60)) == b""
        state = tools.places["state"]
    with box(later) as tools:
        assert tools.places["state"] == state
        assert heard(tools.talk(["sh", "-c", "cat ~/session"], timeout_s=60)) == b"s1\n"
        assert tools.run(["cat", f"{state}/home/session"], timeout_s=60).stdout == b"s1\n"
        assert tools.run(["sh", "-c", "echo ~"], timeout_s=60).stdout == b"/home/agent\n"
    with box(jobs(paths=("src/b.py",))) as tools:
        assert tools.run(["cat", f"{state}/home/session"], timeout_s=60).exit_code == 1
    assert [one.name for one in (lite_place.site.folders.attempts / STATE).glob("*.*")] == [Path(state).name]


def test_every_attempt_finds_its_files_in_the_same_folder(jobs: Any, box: Any, tmp_path: Path) -> None:
    job = jobs()
    later = replace(job, lease=replace(job.lease, fence=job.lease.fence + 1))
    seen = []
    for one in (job, later):
        with box(one) as tools:
            seen += [tools.run(["pwd", "-P"], timeout_s=LONG_S).stdout]
            seen += [heard(tools.talk(["sh", "-c", "pwd -P; touch made"], timeout_s=LONG_S))]
        assert (tmp_path / f"work-{one.lease.fence}/made").exists()
    assert len(set(seen)) == 1, seen


def test_a_lost_lease_ends_what_runs_and_nothing_starts_after_it(
    jobs: Any, box: Any, closed: list[int]
) -> None:
    job = jobs()
    kept = Kept(job)
    with box(job, kept) as tools:
        forgotten = tools.talk(["sh", "-c", "echo on; sleep 1000"], timeout_s=600)
        assert forgotten.receive(LONG_S) == b"on\n"
        kept.lost.set()
        assert heard(forgotten) == b""
        with pytest.raises(LeaseLost):
            tools.talk(["true"], timeout_s=60)
        with pytest.raises(LeaseLost):
            tools.run(["true"], timeout_s=60)
    assert closed == [job.lease.task_id]


def test_a_program_that_was_forgotten_is_ended_with_the_box_and_its_doors_close(
    jobs: Any, box: Any, closed: list[int]
) -> None:
    job = jobs()
    with box(job) as tools:
        forgotten = tools.talk(["sh", "-c", "echo on; sleep 1000"], timeout_s=600)
        assert forgotten.receive(LONG_S) == b"on\n"
    assert forgotten.end().exit_code is None
    assert closed == [job.lease.task_id]


def test_ruff_comes_along_as_one_file() -> None:
    mounts, folder = own_tools()
    assert all(mount.source.is_file() and not mount.writable for mount in mounts)
    assert [mount.target for mount in mounts] in ([f"{folder}/ruff"], [])


def test_programs_find_the_way_out_by_the_usual_variables() -> None:
    assert proxied({"model": "http://127.0.0.1:8701"}) == {}
    found = proxied({"egress": "http://127.0.0.1:3128"})
    assert found["HTTPS_PROXY"] == found["https_proxy"] == "http://127.0.0.1:3128"
    assert "127.0.0.1" in found["no_proxy"].split(",")
