"""From an order to bubblewrap's options. Pure; every path on the host side is one the child has staged or a
system directory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from windlass.sandbox.model import FIXED_ENV, HOME, MIB, Order

SYSTEM_FILES = (
    "/etc/alternatives", "/etc/ca-certificates", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
    "/etc/localtime", "/etc/mime.types", "/etc/nsswitch.conf", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
    "/etc/maven/m2.conf", "/etc/maven/logging", *(f"/etc/java-{n}-openjdk" for n in (8, 11, 17, 21, 25)),
)  # fmt: skip
"""Among them what Debian's Java and Maven link to; Maven's settings, which may hold passwords, are not."""
TOP_DIRECTORIES = ("bin", "sbin", "lib", "lib32", "lib64")
_SMALL = 256 * MIB


@dataclass(frozen=True, slots=True)
class Host:
    """What the options depend on: where sources are staged, which of /bin, /lib ... link to where, and
    whether mounts can be laid over.
    """

    stage: str
    tops: Mapping[str, str | None]
    layers: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One stop on the way from mount `outer` to mount `inner` inside it: `parts` below the outer source.

    The way leads through a tree that foreign code may have written, so the child opens it without following
    links, and makes what is missing only where the outer mount is writable.
    """

    outer: int
    inner: int
    parts: tuple[str, ...]
    target: str
    writable: bool
    last: bool


def steps(order: Order) -> tuple[Step, ...]:
    """All steps to mounts inside other mounts; the child stages step n as number `len(order.mounts) + n`."""
    found: dict[str, Step] = {}
    for inner, mount in enumerate(order.mounts):
        around = [n for n, other in enumerate(order.mounts) if mount.target.startswith(other.target + "/")]
        if not around:
            continue
        outer = max(around, key=lambda n: len(order.mounts[n].target))
        top, writable = order.mounts[outer].target, order.mounts[outer].writable
        parts = tuple(mount.target[len(top) + 1 :].split("/"))
        for depth in range(1, len(parts) + 1):
            target = "/".join((top, *parts[:depth]))
            last = depth == len(parts)
            if last or target not in found:
                found[target] = Step(outer, inner, parts[:depth], target, writable, last)
    return tuple(found.values())


def options(order: Order, host: Host) -> list[str]:
    """Options for `bwrap --args`: namespaces, environment, tree. They hold secrets: not for argv."""
    tree = [*_system(host), *_scratch(order), *_mounts(order, host), "--remount-ro", "/"]
    return [*_namespaces(order), *_environment(order), *tree, "--chdir", order.cwd]


def _namespaces(order: Order) -> list[str]:
    """A run with doors is in a network of its own already, the one that it listens in."""
    # fmt: off
    return [
        "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
        *([] if order.doors else ["--unshare-net"]),
        "--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
        "--disable-userns", "--hostname", "sandbox", "--clearenv",
    ]
    # fmt: on


def _environment(order: Order) -> list[str]:
    merged = {**FIXED_ENV, **order.env}
    return [word for name, value in merged.items() for word in ("--setenv", name, value)]


def _system(host: Host) -> list[str]:
    words = ["--ro-bind", "/usr", "/usr"]
    for top, link in host.tops.items():
        words += ["--symlink", link, f"/{top}"] if link is not None else ["--ro-bind", f"/{top}", f"/{top}"]
    for path in SYSTEM_FILES:
        words += ["--ro-bind-try", path, path]
    for name in identity(0):
        words += ["--ro-bind", f"{host.stage}/{name}", f"/etc/{name}"]
    return words


def _scratch(order: Order) -> list[str]:
    """Private /proc, /dev and sized temporary directories.

    /proc/sys stays writable for a host root even inside a user namespace, so it is bound read-only whoever
    runs. /dev is a file system without a size: closed after its one writable part, /dev/shm, got its own.
    """
    size = str(order.limits.tmp_max)
    small = str(min(order.limits.tmp_max, _SMALL))
    # fmt: off
    return [
        "--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys",
        "--ro-bind-try", "/proc/sysrq-trigger", "/proc/sysrq-trigger",
        "--dev", "/dev", "--size", small, "--tmpfs", "/dev/shm", "--remount-ro", "/dev",  # noqa: S108
        "--size", size, "--tmpfs", "/tmp", "--size", small, "--tmpfs", HOME,  # noqa: S108
        "--size", small, "--tmpfs", "/run", "--dir", "/var", "--symlink", "/tmp", "/var/tmp",  # noqa: S108
    ]
    # fmt: on


def _mounts(order: Order, host: Host) -> list[str]:
    words: list[str] = []
    for target, number, writable in shown(order, layers=host.layers):
        words += ["--bind" if writable else "--ro-bind", staged(host.stage, number), target]
    return words


def shown(order: Order, *, layers: bool, more: int = 0) -> list[tuple[str, int, bool]]:
    """(target, stage number, writable) of the mounts, with `more` sources staged between them and the steps.

    Outer targets first, so that a mount inside another one is not hidden by it. The directories between a
    writable mount and a mount inside it are bound on themselves: a mount point cannot be renamed, and
    renaming an ancestor is how one gets rid of a read-only mount in a writable tree.
    """
    found = [
        (mount.target, number, mount.writable or (mount.layered and layers))
        for number, mount in enumerate(order.mounts)
    ]
    for number, step in enumerate(steps(order), start=len(order.mounts) + more):
        if step.writable and not step.last:
            found.append((step.target, number, True))
    return sorted(found, key=lambda entry: entry[0].count("/"))


def identity(uid: int) -> dict[str, bytes]:
    """The few files in /etc made for the run: it is a known user, and `localhost` has an address."""
    return {
        "passwd": f"agent:x:{uid}:{uid}:agent:{HOME}:/bin/sh\n".encode(),
        "group": f"agent:x:{uid}:\n".encode(),
        "hosts": b"127.0.0.1 localhost\n::1 localhost\n127.0.0.1 sandbox\n",
    }


def staged(stage: str, number: int) -> str:
    """Where the child shows mount, or step, `number` to bubblewrap."""
    return f"{stage}/{number}"


def encoded(words: Sequence[str]) -> bytes:
    """NUL-separated, as `--args` reads it."""
    return b"".join(word.encode("utf-8", "surrogateescape") + b"\0" for word in words)
