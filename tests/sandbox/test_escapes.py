"""A probe inside the sandbox tries every way out we know; in weak boxes the same probe does get out."""

import asyncio
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.escape_host import ENV_SECRET, TOKEN, Host

from windlass.egress import Egress, Policy, parse_rule
from windlass.egress.way import Internet, Streams
from windlass.meter import Account, Line, Meter, Protocol, Provider, Tally
from windlass.sandbox import Door, Launcher, Mount, Order
from windlass.scripted import Answered, Script, serving

HERE = Path(__file__).parent
PROBE = HERE / "escape_probe.py"
SRC = HERE.parents[1] / "src"
PYTHON = "/usr/bin/python3"
STRANGER = 54321
KEY = "sk-real-0123456789abcdef"
DOORS = {"model": 8701, "egress": 3128}
OTHER_LEASE_PORT = 8703
PUBLIC = "93.184.215.14"
LONG_S = 300
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "WINDLASS_TEST_TOKEN": TOKEN, "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass(frozen=True)
class Control:
    """Who runs the control plane, and with which interpreter, which is that of the probe as well."""

    uid: int
    python: str
    mounts: tuple[Mount, ...] = ()


@pytest.fixture(params=["root", "unprivileged"])
def control(request: pytest.FixtureRequest, launcher: Launcher, python_mounts: tuple[Mount, ...]) -> Control:
    me = os.geteuid()
    if (request.param == "root") is (me == 0):
        return Control(me, sys.executable, python_mounts)
    if me:
        pytest.skip("only root can be root")
    needs = "import sys; sys.exit(sys.version_info < (3, 11))"
    if not Path(PYTHON).exists() or subprocess.run([PYTHON, "-c", needs]).returncode:
        pytest.skip("the system has no Python from 3.11 on that another user may run")
    return Control(STRANGER, PYTHON)


def becoming(uid: int) -> dict[str, Any]:
    """How a program is started as somebody else, which only root can."""
    return {"user": uid, "group": uid, "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.fixture
def host(control: Control) -> Iterator[Host]:
    with tempfile.TemporaryDirectory(prefix="windlass-host-") as top:
        planted = Host(Path(top), control.uid)
        yield planted
        planted.close()


@pytest.fixture
def neighbour(at_each: tuple[Launcher, str], host: Host) -> Iterator[None]:
    """Another lease at work, with a listener of its own."""
    with at_each[0].start(Order(("sleep", "600"), "/", doors=(Door(OTHER_LEASE_PORT, host.greet),))):
        yield


class Led(Internet):
    """The host's network, but for one public address that leads to `port` of loopback."""

    def __init__(self, port: int) -> None:
        self.port, self.dialled = port, list[str]()

    async def resolve(self, name: str) -> Sequence[str]:
        known = {"allowed.example": [PUBLIC], "private.example": ["10.0.0.1"], "localhost": ["127.0.0.1"]}
        return known.get(name, [])

    async def dial(self, address: str, port: int) -> Streams:
        self.dialled.append(address)
        assert address == PUBLIC
        return await asyncio.open_connection("127.0.0.1", self.port)


@contextmanager
def answering(doors: Sequence[socket.socket], host: Host) -> Iterator[tuple[list[Answered], list[str]]]:
    """A metered line, and a way out for which the owner allows too much; tells what came through each."""
    seen: list[Answered] = []
    with ExitStack() as stack:
        url = stack.enter_context(serving(Script((), "It works now.", key=KEY), watch=seen.append))
        far = host.greet(stack.enter_context(socket.create_server(("127.0.0.1", 0))))
        way = Led(far.getsockname()[1])
        line = Line(Provider("p", url, frozenset(Protocol)), Tally(Account(1, 1, 1, "a")), lambda: KEY)
        allowed = ("allowed.example:443", "private.example:443", f"localhost:{host.tcp_port}")
        if len(doors) == len(DOORS):
            model, egress = doors
            stack.enter_context(Meter()).open(line, model)
            policy = Policy(tuple(parse_rule(one) for one in allowed))
            stack.enter_context(Egress(way)).open(policy, egress)
        yield seen, way.dialled


def escape(control: Control, host: Host, work: Path, opening: str, doors: dict[str, int]) -> dict[str, str]:
    """The probe in the box; through its doors goes what is honest, and nothing else. Gives what it tells."""
    shown = (
        Mount(work, str(work), writable=True), Mount(work / "outer/inner/deep", f"{work}/outer/inner/deep"),
        Mount(host.readonly, str(host.readonly)), Mount(PROBE, "/probe.py"), *control.mounts,
    )  # fmt: skip
    homes = [Path(m.target).parts[2] for m in control.mounts if m.target.startswith("/root/")]
    facts = {**host.facts(work), "doors": doors, "root_allowed": homes, "other_lease_port": OTHER_LEASE_PORT}
    plan = {
        "opening": opening, "argv": [control.python, "-I", "-S", "/probe.py"], "cwd": str(work),
        "env": {"GIVEN": ENV_SECRET},
        "mounts": [(str(m.source), m.target, m.writable) for m in shown], "facts": facts,
    }  # fmt: skip
    written = host.top / "plan.json"
    written.write_text(json.dumps(plan))
    ours, theirs = socket.socketpair()
    with ours, ExitStack() as stack:
        with theirs:
            process = subprocess.Popen(
                [control.python, HERE / "escape_launch.py", SRC, written, str(theirs.fileno())],
                cwd="/", env=ENVIRONMENT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **becoming(control.uid),
            )  # fmt: skip
        stack.callback(process.kill)
        got = [number for _ in doors for number in socket.recv_fds(ours, 1, 1)[1]]
        listeners = [stack.enter_context(socket.socket(fileno=number)) for number in got]
        seen, dialled = stack.enter_context(answering(listeners, host))
        out, err = process.communicate(timeout=LONG_S)
        assert process.returncode == 0, err
    told = json.loads(out)
    assert (told["uid"], told["exit"]) == (control.uid, 0), told["stderr"]
    assert [one.path for one in seen] == ["/v1/chat/completions"] * bool(doors), told["probe"]
    assert dialled == [PUBLIC] * bool(doors), told["probe"]
    results: dict[str, str] = json.loads(told["probe"])
    return results


@pytest.mark.parametrize("doors", [{}, DOORS], ids=["closed", "doors"])
def test_no_attempt_gets_out_of_the_sandbox(
    at_each: tuple[Launcher, str],
    control: Control,
    host: Host,
    neighbour: None,
    work: Path,
    doors: dict[str, int],
) -> None:
    got = escape(control, host, work, at_each[1], doors)
    honest = [got.pop(name) for name in list(got) if name.startswith("honest_")]
    fired = {name: how for name, how in got.items() if not how.startswith("held")}
    level = at_each[0].level.value
    print(f"\n{level}, started by uid {control.uid}, {len(doors)} doors: {len(got)} tried, {len(fired)} out")
    assert fired == {}
    assert len(got) >= (100 if doors else 75)
    assert [how[:5] for how in honest] == ["fired"] * len(doors), honest
    assert host.heard == [b"connected"] * bool(doors)  # by the honest one
    assert host.victim.poll() is None
    assert (work / "outer/inner/deep/config").read_text() == "the host's"
    assert list(host.outside.iterdir()) == []
    (work / "daemon-was-here").unlink()
    time.sleep(0.3)
    assert not (work / "daemon-was-here").exists()


DISPOSABLE = shlex.split(
    "bwrap --unshare-all --die-with-parent --new-session --uid 0 --gid 0 --cap-add ALL --ro-bind /usr /usr "
    "--symlink usr/bin /bin --symlink usr/sbin /sbin --symlink usr/lib /lib --symlink usr/lib64 /lib64 "
    "--dir /etc --dir /root/private --proc /proc --dev /dev --tmpfs /tmp --tmpfs /srv"
)
"""A host of its own that may be broken into: nobody's files, network or processes but those planted in it."""
USUAL = shlex.split(
    "bwrap --ro-bind / / --dev /dev --proc /proc --bind {work} {work} --ro-bind {deep} {deep} --unshare-all "
    "--uid 1000 --gid 1000 --setenv GIVEN {secret}"
)
"""The box that many tools build: everything is shown read-only, all namespaces are new, nothing else."""
OUT_OF_USUAL = {
    "secret_read", "secret_through_proc_root", "secret_through_parent", "root_home_listing",
    "launcher_environment", "secret_in_command_lines", "own_environment_holds_callers", "unix_socket_path",
    "rename_ancestor", "replace_read_only_mount", "symlink_out", "ptrace_me", "core_dumps",
}  # fmt: skip
OUT_OF_NONE = OUT_OF_USUAL - {"secret_in_command_lines"} | {
    "write_outside", "write_etc", "write_root", "write_read_only_mount", "unix_socket_abstract",
    "tcp_loopback", "udp_loopback", "packet", "raw", "setns", "mount", "mount_namespace", "chroot",
    "kill_host_process", "see_host_processes", "uid_zero", "become_root", "capabilities", "privileged_port",
    "listener_of_another_lease", "listeners_beyond_the_doors", "network_address", "network_route",
    "network_shut_down",
}  # fmt: skip


@pytest.mark.parametrize(("box", "surely"), [((), OUT_OF_NONE), (USUAL, OUT_OF_USUAL)], ids=["none", "usual"])
def test_the_same_attempts_do_get_out_of_weak_boxes(
    launcher: Launcher, box: Sequence[str], surely: set[str]
) -> None:
    """What a machine's settings decide, such as key rings and io_uring, gets out here and there only."""
    if not Path(PYTHON).exists():
        pytest.skip("the system has no Python that another user may run")
    with tempfile.TemporaryDirectory(prefix="windlass-weak-") as programs:
        Path(programs).chmod(0o755)
        for name in ("escape_host.py", PROBE.name):
            shutil.copy(HERE / name, programs)
        ran = subprocess.run(
            [*DISPOSABLE, "--ro-bind", programs, "/programs", PYTHON, "/programs/escape_host.py",
             f"/programs/{PROBE.name}", *box],
            cwd="/", env=ENVIRONMENT, capture_output=True, text=True, timeout=LONG_S, **becoming(STRANGER),
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    got = json.loads(ran.stdout)
    fired = {name for name, how in got.items() if how.startswith("fired")}
    print(f"\n{'usual box' if box else 'no box'}: {len(got)} tried, {len(fired)} out")
    assert surely - fired == set(), {name: got[name] for name in surely - fired}
