import sys
import venv
from pathlib import Path

import pytest

from windlass.kernel import Invalid
from windlass.sandbox import Launcher, Mount, Order, interpreter_mounts


def prefix(at: Path) -> Path:
    (at / "bin").mkdir(parents=True)
    (at / "lib/python3.11").mkdir(parents=True)
    (at / "lib/python3.11/os.py").touch()
    (at / "bin/python3.11").touch()
    (at / "bin/python3").symlink_to("python3.11")
    return at


def test_a_virtual_environment_brings_itself_and_its_base(tmp_path: Path) -> None:
    base = prefix(tmp_path / "base")
    environment = tmp_path / "venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin/python").symlink_to(base / "bin/python3")
    (environment / "pyvenv.cfg").write_text(f"home = {base}/bin\nversion = 3.11.7\n")
    assert interpreter_mounts(environment / "bin/python") == (
        Mount(base, str(base)),
        Mount(environment, str(environment)),
    )


def test_a_prefix_reached_by_a_linked_directory_is_there_under_both_names(tmp_path: Path) -> None:
    base = prefix(tmp_path / "cpython-3.11.7")
    (tmp_path / "cpython-3.11").symlink_to(base)
    link = tmp_path / "cpython-3.11"
    assert interpreter_mounts(link / "bin/python3") == (Mount(base, str(link)), Mount(base, str(base)))


def test_a_link_in_a_home_directory_does_not_open_the_home(tmp_path: Path) -> None:
    base = prefix(tmp_path / "base")
    home = tmp_path / "home/user"
    (home / "bin").mkdir(parents=True)
    (home / "secret").touch()
    (home / "bin/python").symlink_to(base / "bin/python3")
    mounts = interpreter_mounts(home / "bin/python")
    assert {mount.target for mount in mounts} == {str(base), str(home / "bin/python")}


def test_the_systems_python_needs_nothing() -> None:
    if not Path("/usr/bin/python3").exists():
        pytest.skip("no Python in /usr")
    assert interpreter_mounts(Path("/usr/bin/python3")) == ()


def test_what_is_no_python_installation_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shim").touch()
    with pytest.raises(Invalid, match="installation"):
        interpreter_mounts(tmp_path / "shim")
    with pytest.raises(Invalid, match="does not exist"):
        interpreter_mounts(tmp_path / "none")
    with pytest.raises(Invalid, match="absolute"):
        interpreter_mounts(Path("python"))


def test_a_circle_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(Invalid):
        interpreter_mounts(tmp_path / "a")


def test_a_new_virtual_environment_runs_inside(launcher: Launcher, work: Path) -> None:
    venv.create(work / "env", with_pip=False)
    python = work / "env/bin/python"
    order = Order(
        (str(python), "-c", "import sys, ssl, sqlite3; print(sys.prefix)"), "/", interpreter_mounts(python)
    )
    outcome = launcher.run(order)
    assert outcome.ran.stdout.decode().strip() == str(work / "env"), outcome.ran.stderr
    assert Path(sys.base_prefix).exists()
