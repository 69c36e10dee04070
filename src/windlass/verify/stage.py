"""Runs inside the sandbox as `python -I -S stage.py < order`: a private copy of the tree, one program in it,
its results out.

Results leave as one JSON document on stdout, so no directory of the host is ever writable for what runs here.
The copy lives in
the sandbox's own temporary space and ends with it. Standard library only, and little of it: its start is paid
for every run.
"""

import binascii
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
import zlib
from typing import Any

TAIL_MAX = 65536
DRAIN_S = 2.0
INTERRUPT_MAX_S = 10.0
INTERRUPT_SHARE = 0.1
"""Of the wall time: left to a program that is told to stop, to write down what it has."""
Order = dict[str, Any]


def main() -> None:
    # Whoever was started in the background ignores SIGINT, and so would its children: some end in time by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    order: Order = json.loads(sys.stdin.buffer.read())
    report = run(order)
    # The program may have inherited nothing of this stream; whatever it prints goes to a pipe of its own.
    sys.stdout.write(json.dumps(report))
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
            subprocess.run(["/bin/cp", "-a", "--", order["tree"], place], check=True)
        write(place, order["files"])
    write(os.path.join(top, "extra"), order["extra"])
    words = {"{out}": out, "{tree}": place, "{extra}": os.path.join(top, "extra")}
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
    had = used(time.monotonic() - began, before)
    outputs = {name: collect(os.path.join(out, name), order["output_max"]) for name in order["outputs"]}
    subprocess.run(["/bin/rm", "-rf", "--", top], check=False, stderr=subprocess.DEVNULL)
    return {
        "exit": code, "tail": tail.decode("utf-8", "replace"), "head": packed(head), "timed_out": timed_out,
        "copy_s": copied, "used": had,
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


def write(top: str, files: dict[str, str]) -> None:
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


def execute(
    argv: list[str], cwd: str, env: dict[str, str], order: Order
) -> tuple[int | None, bytes, bytes, bool]:
    """Run with both streams in one pipe each; keep the beginning of stdout and the end of everything."""
    head, tail = bytearray(), bytearray()
    try:
        child = subprocess.Popen(
            argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        return 127, f"{argv[0]}: {error.strerror}".encode(), b"", False
    wall = float(order["wall_s"])
    deadline = time.monotonic() + wall
    soft = deadline - min(INTERRUPT_MAX_S, INTERRUPT_SHARE * wall)
    ended: float | None = None
    interrupted = False
    with selectors.DefaultSelector() as streams:
        for stream in (child.stdout, child.stderr):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                streams.register(stream, selectors.EVENT_READ)
        while streams.get_map() and time.monotonic() < (deadline if ended is None else ended + DRAIN_S):
            if ended is None and child.poll() is not None:
                ended = time.monotonic()
            elif ended is None and not interrupted and time.monotonic() > soft:
                interrupted = True
                child.send_signal(signal.SIGINT)
            for key, _ in streams.select(0.05):
                part = read(key.fd)
                if part == b"":
                    streams.unregister(key.fileobj)
                elif part is not None:
                    tail = (tail + part)[-TAIL_MAX:]
                    if key.fileobj is child.stdout:
                        head += part[: max(0, int(order["output_max"]) - len(head))]
    timed_out = finish(child, deadline) or interrupted
    return (None if timed_out else child.returncode), bytes(tail), bytes(head), timed_out


def read(handle: int) -> bytes | None:
    try:
        return os.read(handle, 65536)
    except BlockingIOError:
        return None


def finish(child: "subprocess.Popen[bytes]", deadline: float) -> bool:
    """Wait for the program, which may have closed its streams and run on; then end what is left of its
    session.
    """
    timed_out = False
    try:
        child.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        timed_out = True
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return timed_out
    child.wait()
    return timed_out


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


if __name__ == "__main__":
    main()
