"""Kernel calls of the child that Python has no words for, by ctypes. Imports little, as the child does.

`OSError` says what could not be done. Numbers: linux/sched.h, linux/mount.h, linux/prctl.h, bits/ioctls.h.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NEWNS, NEWUSER, NEWPID, NEWNET = 0x00020000, 0x10000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_MOUNT_SETATTR, _RECURSIVE = 442, 0x8000
SET_PDEATHSIG, SET_DUMPABLE, SET_SUBREAPER, SET_NO_NEW_PRIVS = 1, 4, 36, 38
_DROP_BOUNDING, _CAPABILITIES_MAX, _CAPABILITY_VERSION = 24, 64, 0x20080522
_SET_SECCOMP, _MODE_FILTER = 22, 2
_SIG_SETMASK, _SIGNALS = 2, range(1, 32)

_libc = ctypes.CDLL(None, use_errno=True)
_libc.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
_libc.signal.restype = ctypes.c_void_p


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def unshare(kinds: int, what: str) -> None:
    _check(_libc.unshare(kinds), f"make {what}")


def default_signals() -> None:
    """None blocked, none ignored, none with a handler."""
    for number in _SIGNALS:
        _libc.signal(number, None)
    _libc.sigprocmask(_SIG_SETMASK, ctypes.create_string_buffer(128), None)


def seal(place: bytes) -> None:
    """Make a mount read-only with all mounts in it: mount_setattr(2), the same number on every machine."""
    change = (RDONLY | NOSUID | NODEV).to_bytes(8, sys.byteorder) + bytes(24)
    _check(
        _libc.syscall(_MOUNT_SETATTR, -1, place, _RECURSIVE, change, len(change)), "make a mount read-only"
    )


def filter(program: bytes) -> None:
    """Put this process and all it becomes under a filter; `struct sock_fprog` is a count and a pointer."""
    prctl(SET_NO_NEW_PRIVS, 1)
    code = ctypes.create_string_buffer(program, len(program))
    head = _Program(len(program) // 8, ctypes.addressof(code))
    result = _libc.prctl(_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.byref(head))
    _check(result, "set a system call filter")


def anonymous(content: bytes) -> int:
    """A memory file, positioned at its start."""
    handle = os.memfd_create("windlass")
    while content:
        content = content[os.write(handle, content) :]
    os.lseek(handle, 0, os.SEEK_SET)
    return handle


def map_self(uid: int, gid: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        write(f"/proc/self/{name}", text.encode())


def lower(limits: Mapping[int, int]) -> None:
    for kind, value in limits.items():
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def drain(handle: int) -> bytes:
    """Everything left in a pipe whose other ends are closed; a pipe holds 64 KiB."""
    with open(handle, "rb") as stream:
        return stream.read()


def write(path: str, content: bytes) -> None:
    with open(path, "wb") as stream:
        stream.write(content)


def mount(source: bytes, target: bytes, kind: bytes, flags: int, data: bytes = b"") -> None:
    what = f"mount {os.fsdecode(kind or source)} on {os.fsdecode(target)}"
    _check(_libc.mount(source, target, kind or None, ctypes.c_ulong(flags), data or None), what)


def drop_capabilities() -> None:
    """All of them, and for all that this process becomes or starts."""
    for number in range(_CAPABILITIES_MAX):
        if _libc.prctl(_DROP_BOUNDING, ctypes.c_ulong(number), *[ctypes.c_ulong(0)] * 3):
            break  # the kernel knows no more of them
    head = _CAPABILITY_VERSION.to_bytes(4, sys.byteorder) + bytes(4)
    _check(_libc.capset(head, bytes(24)), "drop capabilities")


def prctl(option: int, value: int) -> None:
    result = _libc.prctl(option, ctypes.c_ulong(value), *[ctypes.c_ulong(0)] * 3)
    _check(result, f"set process option {option}")


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot {what}: {os.strerror(number)}")
