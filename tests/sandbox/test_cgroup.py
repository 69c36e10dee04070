from pathlib import Path

import pytest

from windlass.kernel import Unavailable
from windlass.sandbox import Limits
from windlass.sandbox.cgroup import Delegation, find_delegation, group_of, new_group, own_group, sweep

MOUNTS = """\
25 30 0:23 / /sys rw,nosuid shared:7 - sysfs sysfs rw
31 25 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
"""


def test_our_own_group_is_found_in_the_unified_hierarchy() -> None:
    assert own_group("0::/user.slice/a.service\n", MOUNTS) == Path("/sys/fs/cgroup/user.slice/a.service")
    assert own_group("9:pids:/x\n0::/\n", MOUNTS) == Path("/sys/fs/cgroup")


def test_without_the_unified_hierarchy_there_is_none() -> None:
    assert own_group("4:memory:/x\n", MOUNTS) is None
    assert own_group("0::/x\n", MOUNTS.replace("cgroup2", "cgroup")) is None
    assert own_group("", "") is None


def test_a_place_without_memory_and_pids_is_not_a_delegation(tmp_path: Path) -> None:
    mounts = MOUNTS.replace("/sys/fs/cgroup ", f"{tmp_path} ")
    (tmp_path / "a").mkdir()
    assert find_delegation("0::/a\n", mounts) is None
    (tmp_path / "a/cgroup.subtree_control").write_text("memory\n")
    assert find_delegation("0::/a\n", mounts) is None
    assert list((tmp_path / "a").glob("windlass-*")) == []


def test_groups_have_names_of_their_own_and_only_the_bounds_asked_for() -> None:
    delegation = Delegation(Path("/sys/fs/cgroup/x"))
    first, values = new_group(delegation, Limits(memory_max=1000, processes_max=None))
    second, _ = new_group(delegation, Limits())
    assert first != second
    assert values == {"memory.max": "1000"}
    assert new_group(None, Limits()) == ("", {})


def test_a_group_lasts_as_long_as_its_run(tmp_path: Path) -> None:
    """On a plain directory: the files a kernel would provide are written by hand, and stay."""
    path = tmp_path / "windlass-1-2"
    with group_of(str(path), {"pids.max": "5"}) as met:
        assert (path / "pids.max").read_text() == "5"
        (path / "memory.events").write_text("low 0\noom_kill 2\n")
        (path / "pids.events").write_text("max 0\n")
    assert met == {"memory_max": 2, "processes_max": 0}
    with group_of("", {}) as none:
        assert none == {}
    with pytest.raises(Unavailable, match="control group"), group_of(str(path), {}):
        pass


def test_sweeping_removes_only_groups_of_dead_owners(tmp_path: Path) -> None:
    (tmp_path / "windlass-4194999-1").mkdir()
    (tmp_path / "windlass-1-1").mkdir()
    (tmp_path / "windlass-4194999-2/busy").mkdir(parents=True)
    (tmp_path / "other-4194999-1").mkdir()
    sweep(Delegation(tmp_path))
    sweep(None)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "other-4194999-1",
        "windlass-1-1",
        "windlass-4194999-2",
    ]
