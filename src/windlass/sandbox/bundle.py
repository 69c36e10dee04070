"""From an order and a manifest to the OCI bundle of one run. Pure; sources are what the child has staged.

The format is that of the OCI runtime specification 1.0 (config.json): `mounts`, `linux.seccomp` and so on.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from windlass.sandbox.arguments import Host, shown, staged
from windlass.sandbox.model import FIXED_ENV, HOME, MIB, Order

PRIVATE: Final = (HOME, "/tmp", "/run", "/var/tmp")  # noqa: S108 - the run's own
_SMALL: Final = 256 * MIB
_NAMESPACE_FLAGS: Final = (1 << 17, *(1 << bit for bit in range(25, 31)))
"""CLONE_NEWNS, then CGROUP, UTS, IPC, USER, PID, NET: linux/sched.h."""
_REFUSED: Final = ("mount", "umount2", "pivot_root", "chroot", "setns", "sethostname", "unshare")
"""What the filter of the launcher leaves to a runtime, which needs it; all else is refused by that one."""
_HIDDEN: Final = ("acpi", "kcore", "keys", "latency_stats", "sched_debug", "scsi", "timer_list")
_KEPT: Final = ("asound", "bus", "fs", "irq", "sys", "sysrq-trigger")


def bundle(order: Order, extra: Sequence[str], host: Host, uid: int) -> bytes:
    """The config.json of a run as `uid`, whose mounts are staged, and after them those of `extra`."""
    kinds = ("user", "mount", "ipc", "uts", *(() if order.doors else ("network",)))
    made = {
        "ociVersion": "1.0.0",
        "hostname": "sandbox",
        "root": {"path": f"{host.stage}/root", "readonly": True},
        "process": {
            "terminal": False, "user": {"uid": uid, "gid": uid}, "args": list(order.argv), "cwd": order.cwd,
            "env": [f"{name}={value}" for name, value in {**FIXED_ENV, **order.env}.items()],
            "capabilities": {}, "noNewPrivileges": True,
        },
        "mounts": [*_scratch(order), *_mounts(order, extra, host)],
        "linux": {
            "namespaces": [{"type": kind} for kind in kinds],
            "uidMappings": [{"containerID": uid, "hostID": uid, "size": 1}],
            "gidMappings": [{"containerID": uid, "hostID": uid, "size": 1}],
            "maskedPaths": [f"/proc/{name}" for name in _HIDDEN],
            "readonlyPaths": [f"/proc/{name}" for name in _KEPT],
            "seccomp": _seccomp(),
        },
    }  # fmt: skip
    return json.dumps(made).encode("utf-8", "surrogateescape")


def _scratch(order: Order) -> Iterator[dict[str, Any]]:
    small = min(order.limits.tmp_max, _SMALL)
    yield {"destination": "/proc", "type": "bind", "source": "/proc", "options": ["rbind"]}
    yield _tmpfs("/dev", 64 * 1024, "mode=755", "noexec", "ro")
    yield {
        "destination": "/dev/pts", "type": "devpts", "source": "devpts",
        "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
    }  # fmt: skip
    yield _tmpfs("/dev/shm", small, "mode=1777")  # noqa: S108 - the run's own
    yield _tmpfs("/tmp", order.limits.tmp_max, "mode=1777")  # noqa: S108 - the run's own
    yield _tmpfs(HOME, small, "mode=755")
    yield _tmpfs("/run", small, "mode=755")
    yield _tmpfs("/var/tmp", small, "mode=1777")  # noqa: S108 - the run's own


def _tmpfs(target: str, size: int, *more: str) -> dict[str, Any]:
    options = ["nosuid", "nodev", f"size={size}", *more]
    return {"destination": target, "type": "tmpfs", "source": "tmpfs", "options": options}


def _mounts(order: Order, extra: Sequence[str], host: Host) -> Iterator[dict[str, Any]]:
    """Those of the manifest first, then outer targets before inner ones; the last source is the root."""
    for number, target in enumerate(extra, start=len(order.mounts)):
        yield _bind(staged(host.stage, number), target, "ro")
    for target, number, writable in shown(order, layers=host.layers, more=len(extra) + 1):
        yield _bind(staged(host.stage, number), target, "rw" if writable else "ro")


def _bind(source: str, target: str, access: str) -> dict[str, Any]:
    options = ["rbind", "nosuid", "nodev", access]
    return {"destination": target, "type": "bind", "source": source, "options": options}


def _seccomp() -> dict[str, Any]:
    flags = [
        {"index": 0, "value": flag, "valueTwo": flag, "op": "SCMP_CMP_MASKED_EQ"} for flag in _NAMESPACE_FLAGS
    ]
    refused: list[dict[str, Any]] = [{"names": list(_REFUSED), "action": "SCMP_ACT_ERRNO"}]
    refused += [{"names": ["clone"], "action": "SCMP_ACT_ERRNO", "args": [flag]} for flag in flags]
    return {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": refused}


def folders(targets: Sequence[str]) -> list[str]:
    """Every directory above the targets, outer ones first."""
    above = {str(parent) for target in targets for parent in PurePosixPath(target).parents}
    return sorted(above - {"/"})
