"""The system calls a sandboxed program may not make, as a classic BPF filter. Pure: bytes out, no library
needed.

Instruction layout and return values: linux/filter.h, linux/seccomp.h; call numbers: asm/unistd_64.h (x86_64)
and asm-generic/unistd.h (aarch64). Flags below the 32nd bit are all the kernel itself reads of the arguments
looked at here.
"""

import struct
from collections.abc import Iterable

from windlass.kernel import Invalid

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS, _EOPNOTSUPP, _EAFNOSUPPORT = 1, 38, 95, 97
_CALL, _ARCH, _ARG0, _ARG1 = 0, 4, 16, 24
_X32_BIT = 0x40000000
_NEW_NAMESPACE = 0x7E020000
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
FAMILIES = (1, 2, 10, 16)
"""Socket families that may be opened: UNIX, INET, INET6, NETLINK (getifaddrs). VSOCK and PACKET are what this
keeps out."""

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SHARED = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "clone3": 435,
    "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442, "quotactl_fd": 443,
    "open_tree_attr": 467,
}  # fmt: skip
_X86_64 = {
    "socket": 41, "ioctl": 16, "clone": 56, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161,
    "setns": 308, "unshare": 272, "bpf": 321, "perf_event_open": 298, "keyctl": 250, "add_key": 248,
    "request_key": 249, "userfaultfd": 323, "open_by_handle_at": 304, "name_to_handle_at": 303,
    "kexec_load": 246, "kexec_file_load": 320, "init_module": 175, "finit_module": 313, "delete_module": 176,
    "reboot": 169, "swapon": 167, "swapoff": 168, "acct": 163, "quotactl": 179, "process_vm_readv": 310,
    "process_vm_writev": 311, "ptrace": 101, "lookup_dcookie": 212, "syslog": 103, "settimeofday": 164,
    "clock_settime": 227, "adjtimex": 159, "clock_adjtime": 305, "vhangup": 153, "kcmp": 312, "iopl": 172,
    "ioperm": 173, "modify_ldt": 154, "fanotify_init": 300, "sethostname": 170, "setdomainname": 171,
    "fallocate": 285,
}  # fmt: skip
_AARCH64 = {
    "socket": 198, "ioctl": 29, "clone": 220, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51,
    "setns": 268, "unshare": 97, "bpf": 280, "perf_event_open": 241, "keyctl": 219, "add_key": 217,
    "request_key": 218, "userfaultfd": 282, "open_by_handle_at": 265, "name_to_handle_at": 264,
    "kexec_load": 104, "kexec_file_load": 294, "init_module": 105, "finit_module": 273, "delete_module": 106,
    "reboot": 142, "swapon": 224, "swapoff": 225, "acct": 89, "quotactl": 60, "process_vm_readv": 270,
    "process_vm_writev": 271, "ptrace": 117, "lookup_dcookie": 18, "syslog": 116, "settimeofday": 170,
    "clock_settime": 112, "adjtimex": 171, "clock_adjtime": 266, "vhangup": 58, "kcmp": 272,
    "fanotify_init": 262, "sethostname": 161, "setdomainname": 162, "fallocate": 47,
}  # fmt: skip
NUMBERS = {"x86_64": _X86_64 | _SHARED, "aarch64": _AARCH64 | _SHARED}
_ABSENT = {"clone3": _ENOSYS, "fallocate": _EOPNOTSUPP}
"""clone3 hides its flags behind a pointer; "not there" makes the C library use clone, whose flags show.
fallocate fills a disk in no time; the C library then writes instead, which can be watched and stopped.
"""
_JUDGED_OTHERWISE = frozenset({"socket", "ioctl", "clone", *_ABSENT})


_LAUNCHER_NEEDS = frozenset({"mount", "umount2", "pivot_root", "chroot", "setns", "sethostname", "unshare"})


def filter_program(machine: str) -> bytes:
    """The filter of a run, for a `platform.machine()`; other machines are Invalid, never unfiltered."""
    calls = _calls(machine)
    flags = [_op(_LOAD, _ARG0), _op(_ANY_BIT, _NEW_NAMESPACE, 0, 1), *_refuse_else_allow()]
    return _program(machine, calls.keys() - _JUDGED_OTHERWISE, _when(calls["clone"], flags))


def launcher_program(machine: str) -> bytes:
    """The filter bubblewrap itself lives under: the same but for what it needs to build the sandbox.

    Its first process stays inside and its memory can be written by the run's uid, by /proc/1/mem: a filter
    it lacked would be lost to the run. bubblewrap 0.8 puts the filter of `--seccomp` on it as well; this one
    holds whether a version does so or not.
    """
    return _program(machine, _calls(machine).keys() - _JUDGED_OTHERWISE - _LAUNCHER_NEEDS, [])


def _calls(machine: str) -> dict[str, int]:
    if machine not in NUMBERS:
        raise Invalid(f"no system call filter for machine {machine!r}", hint=f"known: {', '.join(NUMBERS)}")
    return NUMBERS[machine]


def _program(machine: str, refused: Iterable[str], more: list[bytes]) -> bytes:
    calls = NUMBERS[machine]
    program = [_op(_LOAD, _ARCH), _op(_EQUAL, _AUDIT_ARCH[machine], 1, 0), _op(_RETURN, _KILL)]
    program.append(_op(_LOAD, _CALL))
    if machine == "x86_64":  # the x32 calls share the architecture word and would slip past the numbers below
        program += [_op(_AT_LEAST, _X32_BIT, 0, 1), _op(_RETURN, _KILL)]
    for name in sorted(refused):
        program += [_op(_EQUAL, calls[name], 0, 1), _op(_RETURN, _ERRNO | _EPERM)]
    for name, number in _ABSENT.items():
        program += [_op(_EQUAL, calls[name], 0, 1), _op(_RETURN, _ERRNO | number)]
    program += more
    program += _when(calls["ioctl"], [_op(_LOAD, _ARG1), *_refuse_values((_TIOCSTI, _TIOCLINUX))])
    program += _when(calls["socket"], [_op(_LOAD, _ARG0), *_allow_values(FAMILIES, _EAFNOSUPPORT)])
    return b"".join([*program, _op(_RETURN, _ALLOW)])


def _op(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, operand)


def _when(number: int, body: list[bytes]) -> list[bytes]:
    """`body` must end in a return on every path: it overwrites the accumulator that holds the call number."""
    return [_op(_EQUAL, number, 0, len(body)), *body]


def _refuse_else_allow() -> list[bytes]:
    return [_op(_RETURN, _ERRNO | _EPERM), _op(_RETURN, _ALLOW)]


def _refuse_values(values: Iterable[int]) -> list[bytes]:
    ops: list[bytes] = []
    for value in values:
        ops += [_op(_EQUAL, value, 0, 1), _op(_RETURN, _ERRNO | _EPERM)]
    return [*ops, _op(_RETURN, _ALLOW)]


def _allow_values(values: Iterable[int], errno: int) -> list[bytes]:
    ops: list[bytes] = []
    for value in values:
        ops += [_op(_EQUAL, value, 0, 1), _op(_RETURN, _ALLOW)]
    return [*ops, _op(_RETURN, _ERRNO | errno)]
