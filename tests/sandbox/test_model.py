from pathlib import Path
from typing import Any

import pytest

from windlass.kernel import Invalid
from windlass.sandbox import Limits, Mount, Order


@pytest.mark.parametrize(
    "target",
    [
        "",
        "relative",
        "/a/../b",
        "/a//b",
        "/a/",
        "//a",
        "/",
        "/usr",
        "/tmp",
        "/proc",
        "/proc/1",
        "/dev/x",
        "/etc/x",
        "/sys",
        "/home/agent",
        "/var/tmp/x",
        "/a\0b",
    ],
)
def test_a_mount_goes_only_where_nothing_of_the_sandbox_is(target: str) -> None:
    with pytest.raises(Invalid):
        Mount(Path("/srv"), target)


@pytest.mark.parametrize(
    "target", ["/w", "/usr/local/x", "/tmp/x", "/home/agent/x", "/root/.pyenv", "/etcetera"]
)
def test_a_mount_may_go_anywhere_else(target: str) -> None:
    assert Mount(Path("/srv"), target).target == target


def test_a_mount_source_is_absolute() -> None:
    with pytest.raises(Invalid):
        Mount(Path("srv"), "/w")


@pytest.mark.parametrize(
    "limits",
    [
        {"wall_s": 0},
        {"output_max": -1},
        {"memory_max": -5},
        {"processes_max": -1},
        {"file_max": 0},
        {"tmp_max": 0},
    ],
)
def test_limits_are_positive(limits: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Limits(**limits)


def test_no_output_and_no_bound_on_memory_can_be_asked_for() -> None:
    assert Limits(output_max=0, memory_max=None, processes_max=None).memory_max is None


@pytest.mark.parametrize(
    "order",
    [
        {"argv": ()},
        {"argv": ("",)},
        {"cwd": "work"},
        {"cwd": "/a/.."},
        {"argv": ("a\0b",)},
        {"env": {"a=b": "c"}},
        {"env": {"": "c"}},
        {"env": {"a": "\0"}},
    ],
)
def test_an_order_that_could_not_run_is_refused(order: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Order(**{"argv": ("true",), "cwd": "/", **order})


def test_two_mounts_cannot_share_a_target() -> None:
    with pytest.raises(Invalid, match="twice: /a"):
        Order(("true",), "/", (Mount(Path("/x"), "/a"), Mount(Path("/y"), "/a")))


def test_there_is_an_upper_bound_on_mounts() -> None:
    with pytest.raises(Invalid, match="513 mounts"):
        Order(("true",), "/", tuple(Mount(Path("/x"), f"/a{n}") for n in range(513)))
