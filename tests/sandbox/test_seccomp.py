"""The filters are run here by a small interpreter of the instructions they use, for both machines."""

import struct

import pytest

from windlass.kernel import Invalid
from windlass.sandbox.seccomp import NUMBERS, filter_program, launcher_program

ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS, EOPNOTSUPP, EAFNOSUPPORT = 0x50001, 0x50026, 0x5005F, 0x50061
ABSENT = {"clone3": ENOSYS, "fallocate": EOPNOTSUPP}


def judge(program: bytes, arch: int, number: int, *arguments: int) -> int:
    data = struct.pack("=IIQ6Q", number, arch, 0, *arguments, *[0] * (6 - len(arguments)))
    value, at = 0, 0
    for _ in range(1000):
        code, if_true, if_false, operand = struct.unpack_from("=HBBI", program, at * 8)
        at += 1
        match code:
            case 0x20:
                value = struct.unpack_from("=I", data, operand)[0]
            case 0x06:
                return int(operand)
            case 0x15:
                at += if_true if value == operand else if_false
            case 0x35:
                at += if_true if value >= operand else if_false
            case 0x45:
                at += if_true if value & operand else if_false
            case _:
                raise AssertionError(hex(code))
    raise AssertionError("endless")


@pytest.fixture(params=sorted(NUMBERS))
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("make", [filter_program, launcher_program])
def test_other_architectures_are_killed(machine: str, make: type) -> None:
    assert judge(make(machine), 0x40000003, 1) == KILL
    assert judge(make("x86_64"), ARCH["x86_64"], 0x40000000 | 41) == KILL


def test_every_named_call_is_refused_inside(machine: str) -> None:
    program = filter_program(machine)
    for name, number in NUMBERS[machine].items():
        if name in ("socket", "ioctl", "clone"):
            continue
        assert judge(program, ARCH[machine], number) == ABSENT.get(name, EPERM), name


def test_the_launcher_may_build_the_sandbox_and_nothing_more(machine: str) -> None:
    allowed = {
        name
        for name, number in NUMBERS[machine].items()
        if judge(launcher_program(machine), ARCH[machine], number) == ALLOW
    }
    needs = {"mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "sethostname"}
    assert allowed - {"clone", "ioctl"} == needs


@pytest.mark.parametrize("make", [filter_program, launcher_program])
@pytest.mark.parametrize(
    ("family", "verdict"),
    [
        (1, ALLOW),
        (2, ALLOW),
        (10, ALLOW),
        (16, ALLOW),
        (0, EAFNOSUPPORT),
        (17, EAFNOSUPPORT),
        (38, EAFNOSUPPORT),
        (40, EAFNOSUPPORT),
        (44, EAFNOSUPPORT),
    ],
)
def test_only_known_socket_families_open(machine: str, make: type, family: int, verdict: int) -> None:
    number = NUMBERS[machine]["socket"]
    assert judge(make(machine), ARCH[machine], number, family) == verdict
    assert judge(make(machine), ARCH[machine], number, family | 1 << 32) == verdict


@pytest.mark.parametrize("bit", [17, 25, 26, 27, 28, 29, 30])
def test_clone_makes_no_namespace_but_threads_and_forks(machine: str, bit: int) -> None:
    clone = NUMBERS[machine]["clone"]
    assert judge(filter_program(machine), ARCH[machine], clone, 1 << bit | 17) == EPERM
    assert judge(filter_program(machine), ARCH[machine], clone, 0x3D0F00) == ALLOW
    assert judge(filter_program(machine), ARCH[machine], clone, 17) == ALLOW


def test_terminal_injection_is_refused_and_other_ioctls_are_not(machine: str) -> None:
    ioctl = NUMBERS[machine]["ioctl"]
    assert [
        judge(filter_program(machine), ARCH[machine], ioctl, 0, request)
        for request in (0x5412, 0x541C, 0x5401)
    ] == [
        EPERM,
        EPERM,
        ALLOW,
    ]


def test_ordinary_calls_pass(machine: str) -> None:
    named = set(NUMBERS[machine].values())
    for number in range(500):
        if number not in named:
            assert judge(filter_program(machine), ARCH[machine], number) == ALLOW


def test_an_unknown_machine_is_refused_rather_than_unfiltered() -> None:
    with pytest.raises(Invalid, match="riscv64"):
        filter_program("riscv64")
    with pytest.raises(Invalid, match="riscv64"):
        launcher_program("riscv64")
