import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from windlass.app.home import FOLDERS, Home, filesystem_of, place, trouble
from windlass.kernel import Conflict, Denied, Unavailable

OPEN = 'from windlass.app.home import Home; Home.open({"WINDLASS_HOME": sys.argv[1]})'
HOLD = """
import sys, time
from windlass.app.home import Home
owner = Home.open({"WINDLASS_HOME": sys.argv[1]}).own(1_800_000_000.0)
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def env(tmp_path):
    return {"WINDLASS_HOME": str(tmp_path / "deep" / "home")}


@pytest.fixture
def holder(env):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, env["WINDLASS_HOME"]], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_home_is_made_private_and_whole(env):
    home = Home.open(env)
    assert home.path == Path(env["WINDLASS_HOME"])
    for name in FOLDERS:
        assert getattr(home, name) == home.path / name
        assert (home.path / name).stat().st_mode & 0o777 == 0o700
    assert sorted(p.name for p in home.path.iterdir()) == sorted(FOLDERS)
    assert Home.open(env) == home


def test_a_home_others_could_read_is_closed_to_them(env):
    path = Path(env["WINDLASS_HOME"])
    path.mkdir(parents=True)
    path.chmod(0o755)
    Home.open(env)
    assert path.stat().st_mode & 0o777 == 0o700


def test_without_a_named_home_the_platform_folder_is_taken():
    assert place({}).is_absolute()
    assert place({}).name == "windlass"
    assert place({"WINDLASS_HOME": ""}) == place({})


def test_a_second_process_is_told_who_owns_the_home(env, holder):
    home = Home.open(env)
    with pytest.raises(Conflict) as caught:
        home.own(1_800_000_100.0)
    said = str(caught.value)
    assert f"process {holder.pid}" in said
    assert "2027-01-15T08:00:00.000Z" in said
    assert home.owner() is not None
    assert caught.value.kind.exit_code == 6


def test_ownership_ends_with_the_process_even_when_killed(env, holder):
    holder.kill()
    holder.wait()
    home = Home.open(env)
    assert home.owner() is None
    with home.own(1.0):
        assert str(os.getpid()) in (home.owner() or "")
    assert home.owner() is None


def test_a_note_nobody_can_read_still_gives_a_clear_refusal(env):
    home = Home.open(env)
    with home.own(1.0):
        (home.path / "owner.lock").write_bytes(b"\xff{")
        with pytest.raises(Conflict, match="no readable note"):
            home.own(2.0)


def test_children_do_not_inherit_ownership(env):
    home = Home.open(env)
    owner = home.own(1.0)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    owner.release()
    try:
        with home.own(2.0):
            assert child.poll() is None
            assert f"process {os.getpid()} " in (home.owner() or "")
    finally:
        child.communicate(b"\n")


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "home").write_text("x")
    with pytest.raises(Unavailable, match="not a folder"):
        Home.open({"WINDLASS_HOME": str(tmp_path / "home")})
    with pytest.raises(Unavailable, match="not a folder"):
        Home.open({"WINDLASS_HOME": str(tmp_path / "home" / "below")})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_someone_elses_home_is_refused(tmp_path):
    os.chown(tmp_path, 12345, -1)
    with pytest.raises(Denied, match="belongs to user 12345"):
        Home.open({"WINDLASS_HOME": str(tmp_path)})


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_and_a_read_only_place_say_so(tmp_path):
    with pytest.raises(OSError, match="No space left") as full, open("/dev/full", "wb", buffering=0) as file:
        file.write(b"x")
    assert "the disk is full" in str(trouble(tmp_path, full.value))
    for code in (errno.EROFS, errno.EACCES):
        error = trouble(tmp_path, OSError(code, os.strerror(code)))
        assert isinstance(error, Unavailable)
        assert "make it writable" in error.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small or read-only file system")
@pytest.mark.parametrize("options", ["size=16k", "ro"])
def test_a_real_full_or_read_only_disk_is_unavailable(tmp_path, options):
    script = f"""
mount -t tmpfs -o {options} none {tmp_path} || exit 77
exec {sys.executable} -c 'import sys; {OPEN}' {tmp_path}/home
"""
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True)
    if done.returncode == 77 or "unshare:" in done.stderr:
        pytest.skip("this machine allows no mounts")
    assert done.returncode == 1
    wanted = "disk is full" if options != "ro" else "cannot be written"
    assert wanted in done.stderr.splitlines()[-1]


def test_the_file_system_is_found_by_the_longest_mount():
    table = (
        "1 0 0:1 / / rw - ext4 /dev/a rw\n2 1 0:2 / /home rw shared:1 - nfs4 host:/x rw\n"
        "3 2 0:3 / /home/me\\040too rw - tmpfs none rw\nbroken line\n"
    )
    assert filesystem_of(Path("/home/me/x"), table) == "nfs4"
    assert filesystem_of(Path("/homestead"), table) == "ext4"
    assert filesystem_of(Path("/home/me too/x"), table) == "tmpfs"
    assert filesystem_of(Path("/x"), "") == ""
