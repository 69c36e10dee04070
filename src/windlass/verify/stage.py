"""Runs inside the sandbox: a private copy of the tree, one program in it, its results out.

Results leave as one JSON document on stdout, so no directory of the host is ever writable for what runs here.
The copy lives in the sandbox's own temporary space and ends with it. Little of the standard library, since
its start is paid for every run: subprocess and json alone would double it.
"""

from __future__ import annotations

import binascii
import os
import resource
import select
import sys
import time
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Order = dict[str, Any]

TAIL_MAX = 65536
FILES_MAX = 5_000
"""Files that one pattern brings back."""
FOLDERS_MAX = 50_000
DRAIN_S = 2.0
INTERRUPT_MAX_S = 10.0
INTERRUPT_SHARE = 0.1
"""Of the wall time: left to a program that is told to stop, to write down what it has."""
IN_TREE = "{tree}/"
_SIGINT, _SIGKILL, _SIGPIPE, _SIGXFSZ = 2, 9, 13, 25


def tell(order: Order) -> None:
    """Run an order and print what came of it."""
    report = run(order)
    # The program may have inherited nothing of this stream; whatever it prints goes to a pipe of its own.
    sys.stdout.write(document(report))
    sys.stdout.flush()
    os._exit(0)


def run(order: Order) -> Order:
    """Copy, write the extra files, run to the end or `wall_s`, and gather outputs that are plain files."""
    top = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"windlass-{os.urandom(8).hex()}")  # noqa: S108
    out = os.path.join(top, "out")
    os.mkdir(top, 0o700)
    os.mkdir(out)
    started = time.monotonic()
    place = order["tree"]
    if order["copy"]:
        if not (order["layered"] and os.access(place, os.W_OK)):  # else what is written there is ours alone
            place = os.path.join(top, "checkout")
            if os.spawnv(os.P_WAIT, "/bin/cp", ["cp", "-a", "--", order["tree"], place]):  # noqa: S606
                raise OSError("the tree could not be copied")
        write(place, order["files"])
        for source, target in order["packages"]:
            show(source, os.path.join(place, target))
    write(os.path.join(top, "extra"), order["extra"])
    write(os.path.join(top, "scripts"), order["scripts"], 0o700)
    words = {"{out}": out, "{tree}": place, "{extra}": f"{top}/extra", "{scripts}": f"{top}/scripts"}
    copied = time.monotonic() - started
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    code, tail, head, timed_out = execute(
        [fill(word, words) for word in order["argv"]],
        place,
        {
            **os.environ,
            "WINDLASS_OUT": out,
            **{name: fill(value, words) for name, value in order["env"].items()},
        },
        order,
    )
    had, left = used(time.monotonic() - began, before), os.statvfs(top)
    asked = [one for name in order["outputs"] for one in matching(name, place)]
    outputs = {told: output(name, out, place, order["output_max"]) for told, name in asked}
    os.spawnv(os.P_WAIT, "/bin/rm", ["rm", "-rf", "--", top])  # noqa: S606
    return {
        "exit": code, "tail": packed(tail), "head": packed(head), "timed_out": timed_out,
        "copy_s": copied, "used": had, "full": left.f_bavail == 0,
        "outputs": {name: text for name, text in outputs.items() if text is not None},
    }  # fmt: skip


def used(wall_s: float, before: resource.struct_rusage) -> dict[str, float]:
    """What the program and all it waited for took: wall and processor seconds, its largest process in MiB."""
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = own.ru_utime + own.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": own.ru_maxrss / 1024}


def fill(word: str, words: dict[str, str]) -> str:
    for name, value in words.items():
        word = word.replace(name, value)
    return word


def write(top: str, files: dict[str, str], mode: int = 0o600) -> None:
    """Write small generated files; one that is there already, or whose way leads through a link, is left
    alone.
    """
    for name, text in files.items():
        path = os.path.join(top, name)
        parent = os.path.dirname(path)
        os.makedirs(parent, exist_ok=True)
        if os.path.realpath(parent) == os.path.abspath(parent) and not os.path.lexists(path):
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
            if mode & 0o100:
                os.chmod(path, mode)


def show(source: str, target: str) -> None:
    """A folder of packages in the tree, unless one is there already: a folder of its own, which tools may
    write into, with a link to each package. Links of the packages lead on to what is in the tree.
    """
    parent = os.path.dirname(target)
    if not os.path.isdir(source) or os.path.lexists(target):
        return
    if os.path.realpath(parent) != os.path.abspath(parent) or not os.path.isdir(parent):
        return
    os.mkdir(target)
    for entry in os.scandir(source):
        here = os.path.join(target, entry.name)
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), here)
        elif entry.name == ".bin" or entry.name.startswith("@"):
            show(entry.path, here)
        else:
            os.symlink(entry.path, here)


def execute(
    argv: list[str], cwd: str, env: dict[str, str], order: Order
) -> tuple[int | None, bytes, bytes, bool]:
    """Run with both streams in one pipe each; keep the beginning of stdout and the end of everything."""
    head, tail = bytearray(), bytearray()
    try:
        child, out, err = start(argv, cwd, env)
    except OSError as error:
        return 127, f"{argv[0]}: {error.strerror}".encode(), b"", False
    wall = float(order["wall_s"])
    deadline = time.monotonic() + wall
    soft = deadline - min(INTERRUPT_MAX_S, INTERRUPT_SHARE * wall)
    ended: float | None = None
    interrupted = False
    streams, left = select.poll(), {out, err}
    for stream in left:
        os.set_blocking(stream, False)
        streams.register(stream, select.POLLIN)
    while left and time.monotonic() < (deadline if ended is None else ended + DRAIN_S):
        if ended is None and child.ended():
            ended = time.monotonic()
        elif ended is None and not interrupted and time.monotonic() > soft:
            interrupted = True
            os.kill(child.pid, _SIGINT)
        for stream, _ in streams.poll(50):
            part = read(stream)
            if part == b"":
                streams.unregister(stream)
                left.discard(stream)
            elif part is not None:
                tail = (tail + part)[-TAIL_MAX:]
                if stream == out:
                    head += part[: max(0, int(order["output_max"]) - len(head))]
    timed_out = finish(child, deadline) or interrupted
    return (None if timed_out else child.code), bytes(tail), bytes(head), timed_out


class Child:
    """A program that was started; `code` once it has ended, negative for a signal."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.code: int | None = None

    def ended(self, *, wait: bool = False) -> bool:
        """Whether it has; waits for it if asked to."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, 0 if wait else os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code is not None

    def wait(self, deadline: float) -> None:
        """Until it has ended or it is too late."""
        if self.code is None:
            handle = os.pidfd_open(self.pid)
            end = select.poll()
            end.register(handle, select.POLLIN)
            end.poll(max(0.0, deadline - time.monotonic()) * 1000)
            os.close(handle)
            self.ended()


def start(argv: list[str], cwd: str, env: dict[str, str]) -> tuple[Child, int, int]:
    """Start a program in a session of its own, with the signals that Python ignores as they should be, and
    SIGINT, which whoever was started in the background ignores: some end in time by it.
    """
    os.chdir(cwd)
    (out, out_end), (err, err_end) = os.pipe(), os.pipe()
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, out_end, 1), (os.POSIX_SPAWN_DUP2, err_end, 2),
    ]  # fmt: skip
    places = [""] if "/" in argv[0] else [f"{place or '.'}/" for place in os.get_exec_path(env)]
    failed: OSError = FileNotFoundError(2, "No such file or directory")
    for place in places:
        try:
            pid = os.posix_spawn(
                place + argv[0], argv, env, file_actions=actions, setsid=True,
                setsigdef=[_SIGINT, _SIGPIPE, _SIGXFSZ],
            )  # fmt: skip
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            failed = error
            continue
        os.close(out_end)
        os.close(err_end)
        return Child(pid), out, err
    raise failed


def read(handle: int) -> bytes | None:
    try:
        return os.read(handle, 65536)
    except BlockingIOError:
        return None


def finish(child: Child, deadline: float) -> bool:
    """Wait for the program, which may have closed its streams and run on; then end what is left of its
    session.
    """
    child.wait(deadline)
    timed_out = child.code is None
    try:
        os.killpg(child.pid, _SIGKILL)
    except ProcessLookupError:
        return timed_out
    child.ended(wait=True)
    return timed_out


def matching(name: str, place: str) -> list[tuple[str, str]]:
    """(how it is told, name) of the outputs that a name asks for. In the tree its parts may be `**` or have
    one `*`; what is found is told with its path in the tree in a second line.
    """
    if not name.startswith(IN_TREE) or "*" not in name:
        return [(name, name)]
    found = [""]
    for part in name[len(IN_TREE) :].split("/"):
        found = [path for folder in found for path in below(place, folder, part)][:FOLDERS_MAX]
    return [(f"{name}\n{path}", IN_TREE + path) for path in sorted(found)[:FILES_MAX]]


def below(place: str, folder: str, part: str) -> list[str]:
    """What one part of a pattern matches in a folder."""
    head, star, tail = part.partition("*")
    if not star:
        return [os.path.join(folder, part)]
    top = os.path.join(place, folder)
    if part == "**":
        folders = [path for path, _ in zip(os.walk(top), range(FOLDERS_MAX), strict=False)]
        return [os.path.relpath(path, place).removeprefix(".") for path, _, _ in folders]
    try:
        names = os.listdir(top)
    except OSError:
        return []
    fit = [n for n in names if n.startswith(head) and n.endswith(tail) and len(n) >= len(part) - 1]
    return [os.path.join(folder, name) for name in fit]


def output(name: str, out: str, place: str, limit: int) -> str | None:
    """What lies at a name in `out`, or in the tree where it begins with `{tree}/`: never behind a link."""
    tree, inside = name.startswith(IN_TREE), name.removeprefix(IN_TREE).removeprefix("{out}/")
    top = place if tree else out
    path = os.path.join(top, inside)
    straight = os.path.join(os.path.realpath(top), os.path.dirname(inside)).rstrip("/")
    if os.path.realpath(os.path.dirname(path)) != straight:
        return None
    return collect(path, limit)


def collect(path: str, limit: int) -> str | None:
    """The content of a plain file no larger than `limit`, packed; None for anything else that lies there."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as stream:
        status = os.fstat(handle)
        if (status.st_mode & 0o170000) != 0o100000 or status.st_size > limit:
            return None
        return packed(stream.read(limit))


def packed(content: bytes) -> str:
    return binascii.b2a_base64(zlib.compress(content, 1), newline=False).decode()


def document(value: object) -> str:
    """JSON of what a report is made of."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(name)}: {document(one)}" for name, one in value.items()) + "}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return quoted(value) if isinstance(value, str) else repr(value)


def quoted(text: str) -> str:
    """JSON of a text; packed ones, which are long, hold nothing that must be escaped."""
    if not (text.isascii() and text.isprintable()) or '"' in text or "\\" in text:
        units = text.encode("utf-16-be", "surrogatepass")
        codes = [units[n] << 8 | units[n + 1] for n in range(0, len(units), 2)]
        text = "".join(f"\\u{code:04x}" for code in codes)
    return f'"{text}"'
