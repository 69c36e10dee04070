"""Set one run up, watch over it, report: a small program of its own, started as `spawn.py` says.

A process per run and not a fork of the control plane, because that has threads. It reads its plan from the
control socket and imports little, since its start is paid for every run. Its end of the socket closing tells
the control plane that nothing of the run is left; the other end closing (the control plane died, or the
deadline passed) tells it to kill the run.
"""

from __future__ import annotations

import _socket
import fcntl
import marshal
import os
import select
import sys

from windlass.sandbox import calls

TYPE_CHECKING = False
if TYPE_CHECKING:  # these would cost 10 ms at every start
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Plan = Mapping[str, Any]

_SIGKILL, _FILE_TYPE, _DIRECTORY, _LINK = 9, 0o170000, 0o040000, 0o120000
_ELOOP, _SIOCSIFFLAGS, _UP = 40, 0x8914, 1
_PATH = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_REPORT_MAX, _PLAN_MAX, _LEFTOVERS_MAX = 4096, 64 << 20, 1_000_000

_ALIVE: list[int] = []
"""In the forked process: the pipe whose other end only its parent holds."""


def main(control: int) -> None:
    """Run the plan that arrives on `control`, answer in lines `word value`; `spawn.py` is the other side."""
    os.set_inheritable(control, False)
    plan = _receive(control)
    if not plan:
        return
    try:
        lines = _watch_over(plan, control) if plan["level"] == "none" else _contain(plan, control)
    except OSError as error:
        lines = [f"failed {error.strerror or error}"]
    report = "".join(line.replace("\n", " ")[:_REPORT_MAX] + "\n" for line in lines)
    try:
        os.write(control, report.encode("utf-8", "replace"))
    except BrokenPipeError:  # the control plane is gone: there is nobody to tell
        return


def _receive(control: int) -> Plan:
    """The plan, or nothing when the control plane died before it was sent whole."""
    received, wanted = bytearray(), 8
    while len(received) < wanted:
        part = os.read(control, min(1 << 20, wanted - len(received)))
        if not part:
            return {}
        received += part
        if wanted == 8 and len(received) == 8:
            wanted = 8 + min(int.from_bytes(received, "big"), _PLAN_MAX)
    # Written by the control plane that started us with this interpreter, over a socket nobody else holds.
    plan: Plan = marshal.loads(received[8:])  # noqa: S302
    return plan


def _contain(plan: Plan, control: int) -> list[str]:
    """Own mount and process namespaces, with the launcher in them as the first process."""
    uid, gid = os.getuid(), os.getgid()
    calls.unshare(calls.NEWNS | calls.NEWPID | (0 if uid == 0 else calls.NEWUSER), "private namespaces")
    if uid != 0:
        calls.map_self(uid, gid)
    _stage(plan)
    status, status_end = os.pipe()
    lines = _supervise(plan, control, lambda: _become_launcher(plan, control, status_end))
    os.close(status_end)
    documents = calls.drain(status).decode("ascii", "replace")
    return lines + [f"said {line}" for line in documents.splitlines()]


def _stage(plan: Plan) -> None:
    """Show every mount source in a directory that the unprivileged uid can reach, wherever it lies itself.

    The sources are opened before anything is hidden, and bound through their descriptors: what was opened is
    what is shown. All of it ends with this process's mount namespace.
    """
    calls.mount(b"none", b"/", b"", calls.REC | calls.PRIVATE)
    opened = [os.open(source, _PATH) for source in plan["sources"]]
    opened += [_step(opened, *step) for step in plan["steps"]]
    stage = plan["stage"]
    calls.mount(
        b"tmpfs",
        stage.encode(),
        b"tmpfs",
        calls.NOSUID | calls.NODEV,
        b"mode=0755,size=%d" % plan["stage_size"],
    )
    for number, handle in enumerate(opened):
        place = f"{stage}/{number}"
        kind = os.fstat(handle).st_mode & _FILE_TYPE
        if kind == _LINK:
            raise OSError(_ELOOP, f"mount source {number} is a symbolic link")
        if kind == _DIRECTORY:
            os.mkdir(place, 0o755)
        else:
            os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o644))
        calls.mount(b"/proc/self/fd/%d" % handle, place.encode(), b"", calls.BIND | calls.REC)
        if number in plan["sealed"]:
            calls.seal(place.encode())
        if number in plan["layered"]:
            _lay_over(place.encode(), plan["layer_max"])
        os.close(handle)
    _furnish(plan, stage)


def _furnish(plan: Plan, stage: str) -> None:
    """What is made for the run beside its mounts: directories, files, a root file system it can mount on."""
    for name in plan["folders"]:
        os.mkdir(f"{stage}/{name}", 0o755)
        if os.getuid() == 0:
            os.chown(f"{stage}/{name}", plan["uid"], plan["gid"])
    for name, content in plan["files"].items():
        calls.write(f"{stage}/{name}", content)
    if plan["overlay"]:
        calls.mount(
            b"overlay", f"{stage}/root".encode(), b"overlay", calls.NOSUID | calls.NODEV, plan["overlay"]
        )


def _lay_over(place: bytes, size: int) -> None:
    """Make a staged directory read-only, then lay a layer of the run's own over it if the kernel has such."""
    calls.mount(b"none", place, b"", calls.REMOUNT | calls.BIND | calls.RDONLY | calls.NOSUID | calls.NODEV)
    os.mkdir(own := place + b".own", 0o700)
    calls.mount(b"tmpfs", own, b"tmpfs", calls.NOSUID | calls.NODEV, b"mode=0700,size=%d" % size)
    status = os.stat(place)
    for name in (b"/upper", b"/work"):
        os.mkdir(own + name)
    os.chown(own + b"/upper", status.st_uid, status.st_gid)
    os.chmod(own + b"/upper", status.st_mode & 0o7777)
    data = b"redirect_dir=on,metacopy=off,lowerdir=%b,upperdir=%b/upper,workdir=%b/work" % (place, own, own)
    try:
        calls.mount(b"overlay", place, b"overlay", calls.NOSUID | calls.NODEV, data)
    except OSError:
        return


def _step(opened: list[int], outer: int, inner: int, parts: Sequence[bytes], make: bool) -> int:
    """Open what lies at `parts` below a source, following no link; make it if it is missing and we may.

    bubblewrap would follow: a tree that holds a link where a mount is to go could send the mount elsewhere.
    `inner` is the mount that goes there, or -1 for a directory on the way.
    """
    here = os.dup(opened[outer])
    place = os.fsdecode(b"/".join(parts))
    for number, part in enumerate(parts):
        if make:
            final = number == len(parts) - 1 and inner >= 0
            _make(part, here, not final or os.fstat(opened[inner]).st_mode & _FILE_TYPE == _DIRECTORY)
        try:
            below = os.open(part, _PATH, dir_fd=here)
        except OSError as error:
            raise OSError(error.errno, f"no mount point {place!r} in its outer mount") from error
        os.close(here)
        here = below
        if os.fstat(here).st_mode & _FILE_TYPE == _LINK:
            raise OSError(_ELOOP, f"mount point {place!r} is a symbolic link")
    return here


def _make(name: bytes, parent: int, directory: bool) -> None:
    try:
        if directory:
            os.mkdir(name, 0o755, dir_fd=parent)
        else:
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW
            os.close(os.open(name, flags, 0o644, dir_fd=parent))
    except FileExistsError:
        return


def _become_launcher(plan: Plan, control: int, status: int) -> None:
    """As the first process of the new process namespace: drop every privilege and become the launcher."""
    calls.mount(b"proc", b"/proc", b"proc", calls.NOSUID | calls.NODEV | calls.NOEXEC)
    for place in plan["hidden"]:
        calls.mount(b"tmpfs", place, b"tmpfs", calls.NOSUID | calls.NODEV, b"mode=0555,size=4k")
    if os.getuid() == 0:
        uid, gid = plan["uid"], plan["gid"]
        os.fchown(status, uid, gid)  # else it cannot be opened by its path
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        # The change of uid made /proc/self root's, and the map below could not be written.
        calls.prctl(calls.SET_DUMPABLE, 1)
        # A user namespace of its own makes RLIMIT_NPROC count this run, not all runs of the uid (Linux 5.14).
        calls.unshare(calls.NEWUSER, "a user namespace")
        calls.map_self(uid, gid)
    if plan["ports"]:
        _listen(plan["ports"], control)
    calls.lower(plan["rlimits"])
    os.dup2(status, plan["status"])
    for number, content in plan["handles"].items():
        os.dup2(calls.anonymous(content), number)
    calls.filter(plan["own_filter"])
    if plan["level"] == "container":
        _hold(plan)
    # Empty environment: that of bubblewrap's first process can be read inside as /proc/1/environ.
    _exec(plan["words"][0], plan["words"], {})


def _hold(plan: Plan) -> None:
    """Have a runtime create a container and start it, wait for its first process, and tell how that ended.

    That process becomes our child when the command that created it has ended.
    """
    _last_steps()
    for words in plan["words"]:
        maker = os.posix_spawn(words[0], words, {})
        if code := os.waitstatus_to_exitcode(os.waitpid(maker, 0)[1]):
            os._exit(code)
        calls.drop_capabilities()  # only to create it took some
    with open(f"{plan['stage']}/state/pid", "rb") as stream:
        first = int(stream.read())
    _let_go_of_streams()
    ended, status = os.wait()
    while ended != first:
        ended, status = os.wait()
    os.write(plan["status"], b"%d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _listen(ports: Sequence[int], control: int) -> None:
    """Listen in a network of our own and pass the sockets out; they belong to it whoever serves them.

    It hangs on a user namespace that the program is not in, so the program has no say over it.
    """
    calls.unshare(calls.NEWNET, "a private network")
    listeners = [_socket.socket(_socket.AF_INET, _socket.SOCK_STREAM) for _ in ports]
    up = _UP.to_bytes(2, sys.byteorder) + bytes(22)
    fcntl.ioctl(listeners[0], _SIOCSIFFLAGS, b"lo".ljust(16, b"\0") + up)
    for listener, port in zip(listeners, ports, strict=True):
        listener.bind(("127.0.0.1", port))
        listener.listen()
    numbers = b"".join(one.fileno().to_bytes(4, sys.byteorder) for one in listeners)
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, numbers)]
    _socket.socket(fileno=os.dup(control)).sendmsg([b"listening\n"], rights)


def _watch_over(plan: Plan, control: int) -> list[str]:
    """Level NONE, custody only: each descendant comes to this process when its parent dies, and is killed."""
    calls.prctl(calls.SET_SUBREAPER, 1)
    home, making = plan["home"], f"{plan['home']}.making"
    os.mkdir(making, 0o700)
    fcntl.flock(os.open(making, os.O_RDONLY | os.O_CLOEXEC), fcntl.LOCK_EX)  # as long as this process lives
    os.rename(making, home)
    try:
        return _supervise(plan, control, lambda: _become_program(plan))
    finally:
        _kill_leftovers()
        _remove(home)


def _become_program(plan: Plan) -> None:
    os.setsid()
    calls.lower(plan["rlimits"])
    os.chdir(plan["cwd"])
    _exec(plan["argv"][0], plan["argv"], plan["environment"])


def _kill_leftovers() -> None:
    for _ in range(_LEFTOVERS_MAX):
        for pid in _children():
            os.kill(pid, _SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    """Read from every process's status, since not every kernel keeps lists of children."""
    me, found = str(os.getpid()).encode(), []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as stream:
                parent = stream.read().rpartition(b")")[2].split()[1]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == me:
            found.append(int(name))
    return found


def _remove(top: str) -> None:
    """Delete a tree without following links; what a dead run made undeletable is made deletable first."""
    for program in (["/bin/chmod", "-R", "u+rwX"], ["/bin/rm", "-rf"]):
        os.spawnv(os.P_WAIT, program[0], [*program, "--", top])  # noqa: S606 - two fixed programs


def _supervise(plan: Plan, control: int, become: Callable[[], None]) -> list[str]:
    """Start the first process, wait until it ends or the control socket does, and kill it in either case.

    Reaping the first process of a process namespace waits for all others in it, so after that none is left.
    """
    poller = select.poll()
    poller.register(control, select.POLLIN)
    if poller.poll(0):  # the control plane is gone already: start nothing
        return ["exit -9"]
    said, say = os.pipe()
    alive, keep_alive = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(keep_alive)
        _start(plan, alive, say, become)
    os.close(say)
    os.close(alive)
    _let_go_of_streams()
    handle = os.pidfd_open(pid)
    poller.register(handle, select.POLLIN)
    poller.poll()
    os.kill(pid, _SIGKILL)
    if os.getpgid(pid) == pid:  # at level NONE it leads a session, once it has come that far
        os.killpg(pid, _SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(handle)
    if failure := calls.drain(said):
        return [f"failed {failure.decode('utf-8', 'replace')}"]
    return [f"exit {code}"]


def _start(plan: Plan, alive: int, say: int, become: Callable[[], None]) -> None:
    """In the forked process: either become the program or say why not; never come back."""
    try:
        if plan["cgroup"]:
            calls.write(f"{plan['cgroup']}/cgroup.procs", b"0")
        calls.write("/proc/self/oom_score_adj", b"500")
        calls.default_signals()
        os.umask(0o022)
        calls.prctl(calls.SET_PDEATHSIG, _SIGKILL)
        _ALIVE.append(alive)
        become()
    except OSError as error:
        os.write(say, f"{error.strerror or error}".encode("utf-8", "replace"))
    finally:
        os._exit(126)


def _exec(program: bytes, argv: list[bytes], environment: Mapping[bytes, bytes]) -> None:
    _last_steps()
    try:
        os.execvpe(program, argv, environment)  # noqa: S606 - this is what the file is for
    except FileNotFoundError as error:
        raise OSError(error.errno, f"no program {os.fsdecode(program)!r}") from error
    except OSError as error:
        raise OSError(error.errno, f"cannot run {os.fsdecode(program)!r}: {error.strerror}") from error


def _last_steps() -> None:
    """No new privileges, and dead with the parent.

    A change of credentials forgets the death signal, so it is asked for again here; a parent that died before
    is noticed by its pipe, whose other end it alone held.
    """
    calls.prctl(calls.SET_NO_NEW_PRIVS, 1)
    calls.prctl(calls.SET_PDEATHSIG, _SIGKILL)
    poller = select.poll()
    poller.register(_ALIVE[0], select.POLLIN)
    if poller.poll(0):
        os._exit(126)


def _let_go_of_streams() -> None:
    """Else the control plane would wait for our ends of the run's streams."""
    nothing = os.open("/dev/null", os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream, inheritable=False)
    os.close(nothing)
