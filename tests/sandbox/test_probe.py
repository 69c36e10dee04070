"""Refusals under real conditions where they can be made here, each with the exact line that repairs it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from windlass.kernel import Denied, Invalid
from windlass.sandbox import Launcher, Level, Mount, Order, open_launcher, probe
from windlass.sandbox.probe import explain, judge, parse_version

SRC = Path(__file__).resolve().parents[2] / "src"
OPEN = f"""
import sys
sys.path.insert(0, {str(SRC)!r})
sys.dont_write_bytecode = True
from windlass.kernel import Denied
from windlass.sandbox import open_launcher
try:
    open_launcher()
    print("opened")
except Denied as error:
    print(error, error.hint, open_launcher(trust=True).level.value, sep="|")
"""
GOOD = {
    "platform": "Linux 6.1",
    "machine": "x86_64",
    "euid": "0",
    "cap_sys_admin": "yes",
    "bwrap": "/usr/bin/bwrap",
    "bwrap_version": "bubblewrap 0.8.0",
    "cgroup": "",
    "user.max_user_namespaces": "1000",
    "kernel.unprivileged_userns_clone": "",
    "kernel.apparmor_restrict_unprivileged_userns": "",
}


def script(at: Path, body: str, shell: str = "/bin/sh") -> str:
    (at / "bwrap").write_text(f"#!{shell}\n{body}\n")
    (at / "bwrap").chmod(0o755)
    return str(at)


def test_a_working_machine_says_what_is_in_force(launcher: Launcher) -> None:
    found = probe()
    assert (found.level, found.ok, found.fix) == (Level.BWRAP, True, "")
    assert "seccomp" in found.facts["held"]
    assert found.facts["bwrap_version"].startswith("bubblewrap ")
    assert launcher.level is Level.BWRAP


def test_without_bubblewrap_it_refuses_with_the_line_that_installs_it(tmp_path: Path) -> None:
    with pytest.raises(Denied, match="bubblewrap is not installed") as refused:
        open_launcher(path=str(tmp_path))
    assert "install" in refused.value.hint
    assert "bubblewrap" in refused.value.hint


def test_only_trust_makes_a_launcher_without_a_sandbox(tmp_path: Path) -> None:
    assert open_launcher(trust=True, path=str(tmp_path)).level is Level.NONE


def test_trust_does_not_give_up_a_sandbox_that_works(launcher: Launcher) -> None:
    assert open_launcher(trust=True).level is Level.BWRAP


@pytest.mark.parametrize("said", ["bubblewrap 0.4.1", "bubblewrap 0.7.9", "something else", ""])
def test_an_old_or_foreign_bubblewrap_is_refused(tmp_path: Path, said: str) -> None:
    with pytest.raises(Denied, match="newer is needed") as refused:
        open_launcher(path=script(tmp_path, f"echo {said}"))
    assert "bubblewrap" in refused.value.hint


def test_a_bubblewrap_that_fails_is_refused_with_what_it_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    body = 'test "$1" = --version && echo bubblewrap 0.8.0 && exit 0\necho "bwrap: no luck today" >&2; exit 1'
    directory = Path(shutil.copytree(script(tmp_path, body), f"/tmp/windlass-fake-{os.getpid()}"))
    try:
        with pytest.raises(Denied, match="no luck today"):
            open_launcher(path=str(directory))
    finally:
        shutil.rmtree(directory)


def test_a_bubblewrap_that_does_not_answer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Denied, match="no answer"):
        open_launcher(path=script(tmp_path, "", shell="/no/such/shell"))


def test_where_namespaces_are_forbidden_it_refuses(
    launcher: Launcher, python: str, python_mounts: tuple[Mount, ...]
) -> None:
    """Real conditions: inside our own sandbox no namespace can be made."""
    got = launcher.run(Order((python, "-c", OPEN), "/", (Mount(SRC, str(SRC)), *python_mounts)))
    reason, fix, trusted = got.ran.stdout.decode().strip().split("|")
    assert "make no namespaces" in reason, got.ran.stderr
    assert "docker run --cap-add SYS_ADMIN" in fix
    assert trusted == "none"


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv")
def test_root_without_the_capability_is_told_which(launcher: Launcher) -> None:
    """Real conditions: what a container's root has."""
    got = subprocess.run(
        ["setpriv", "--bounding-set=-sys_admin", sys.executable, "-c", OPEN], capture_output=True, text=True
    )
    reason, fix, trusted = got.stdout.strip().split("|")
    assert "root without CAP_SYS_ADMIN" in reason
    assert "--cap-add SYS_ADMIN" in fix
    assert trusted == "none"


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root and unshare")
def test_user_namespaces_switched_off_are_told(launcher: Launcher) -> None:
    """Real conditions: the limit is one of a namespace, so it can be set in one of our own."""
    inside = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" -c "$1"'
    got = subprocess.run(
        ["unshare", "-Ur", "sh", "-c", inside, sys.executable, OPEN], capture_output=True, text=True
    )
    reason, fix, trusted = got.stdout.strip().split("|")
    assert "user namespaces are switched off" in reason
    assert fix == "sysctl -w user.max_user_namespaces=15000"
    assert trusted == "none"


def test_facts_alone_rule_out_what_cannot_work() -> None:
    assert judge(GOOD) is None
    for change, word in (
        ({"platform": "Darwin 25"}, "Linux"),
        ({"machine": "riscv64"}, "riscv64"),
        ({"bwrap": ""}, "not installed"),
        ({"bwrap_version": "bubblewrap 0.6.1"}, "newer"),
        ({"cap_sys_admin": "no"}, "CAP_SYS_ADMIN"),
    ):
        verdict = judge({**GOOD, **change})
        assert verdict is not None
        assert word in verdict[0]
        assert verdict[1]
    assert judge({**GOOD, "euid": "1000", "cap_sys_admin": "no"}) is None


def test_a_failure_is_explained_by_the_switch_that_causes_it() -> None:
    for switch, value in (
        ("user.max_user_namespaces", "0"),
        ("kernel.unprivileged_userns_clone", "0"),
        ("kernel.apparmor_restrict_unprivileged_userns", "1"),
    ):
        reason, fix = explain("went wrong", {**GOOD, switch: value})
        assert "went wrong" in reason
        assert fix.startswith(f"sysctl -w {switch}=")
    assert "bwrap" in explain("odd", GOOD)[1]


def test_a_message_about_namespaces_points_at_the_container() -> None:
    assert "docker" in explain("cannot make private namespaces", GOOD)[1]


def test_uid_zero_is_never_possible() -> None:
    for uid in (0, -1):
        with pytest.raises(Invalid):
            open_launcher(uid=uid)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root chooses")
def test_another_uid_can_be_chosen(launcher: Launcher) -> None:
    assert open_launcher(uid=4242).run(Order(("id", "-u"), "/")).ran.stdout == b"4242\n"


def test_versions() -> None:
    assert parse_version("bubblewrap 0.8.0\n") == (0, 8, 0)
    assert parse_version("bubblewrap 0.11") == (0, 11)
    assert parse_version("bwrap") is None
