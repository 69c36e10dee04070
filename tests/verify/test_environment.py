"""Environments: built once, complete or not there, honest about what is missing."""

import os
import shutil
from pathlib import Path

import pytest

from windlass.kernel import Unavailable
from windlass.verify.environment import BUILDING, Environment, base_python, prepare, shared, sweep
from windlass.verify.installer import Installer, compiled
from windlass.verify.requirements import Source, Wanted


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which nothing is built yet."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def installer(environments: Path) -> Installer:
    return Installer(environments / ".uv", os.environ)


def wanting(*lines: str, unusable: tuple[str, ...] = ()) -> Wanted:
    return Wanted((Source("test", lines),), unusable)


def test_an_environment_is_built_once_and_holds_pytest(environments: Path, installer: Installer) -> None:
    first = prepare(environments, installer, wanting("iniconfig"), python=base_python())
    assert not first.problem, first
    assert {"pytest", "iniconfig"} <= set(first.packages)
    assert Path(first.python).exists()
    compiled(Path(first.folder) / "lib")
    assert list(Path(first.folder).glob("lib/python3*/site-packages/_pytest/__pycache__/main.*.pyc"))
    marker = Path(first.folder) / "windlass.json"
    before = marker.stat().st_mtime_ns
    assert prepare(environments, installer, wanting("iniconfig"), python=base_python()) == first
    assert marker.stat().st_mtime_ns == before
    assert list(environments.glob(f"{BUILDING}*")) == []


def test_where_the_same_environment_lies_is_not_what_it_is() -> None:
    here, there = (
        Environment(f"{home}/abc/bin/python", {}, folder=f"{home}/abc") for home in ("/home/a", "/home/b")
    )
    assert here.identity() == there.identity()
    assert here.identity() != Environment("/home/a/abd/bin/python", {}, folder="/home/a/abd").identity()


def test_what_has_no_wheel_or_does_not_exist_is_missing_and_the_rest_is_there(
    environments: Path, installer: Installer
) -> None:
    wanted = wanting("iniconfig", "pytest<0", unusable=("git+https://x/y",))
    found = prepare(environments, installer, wanted, python=base_python())
    assert found.missing == ("git+https://x/y", "pytest<0")
    assert "iniconfig" in found.packages


def test_without_index_and_cache_there_is_a_problem_and_nothing_is_kept(tmp_path: Path) -> None:
    offline = Installer(
        tmp_path / ".uv", {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "HOME": str(tmp_path)}
    )
    found = prepare(tmp_path, offline, wanting("iniconfig"), python=base_python())
    assert "cannot be reached" in found.problem
    assert found.packages == {}
    assert [path.name for path in tmp_path.iterdir() if path.name != ".uv"] == []


def test_what_the_cache_knows_can_be_built_offline(
    environments: Path, installer: Installer, tmp_path: Path
) -> None:
    prepare(environments, installer, wanting("iniconfig"), python=base_python())
    shutil.copytree(environments / ".uv", tmp_path / ".uv", symlinks=True)
    environ = {**os.environ, "UV_OFFLINE": "1"}
    found = prepare(
        tmp_path, Installer(tmp_path / ".uv", environ), wanting("iniconfig"), python=base_python()
    )
    assert not found.problem, found.problem
    assert "iniconfig" in found.packages


def test_a_shared_folder_belongs_to_one_person(tmp_path: Path) -> None:
    assert shared(tmp_path / "new").stat().st_mode & 0o777 == 0o700
    (tmp_path / "new").chmod(0o770)
    with pytest.raises(Unavailable) as failed:
        shared(tmp_path / "new")
    assert "others can write" in str(failed.value)
    assert "[verify] environments" in failed.value.hint


def test_builds_of_the_dead_are_swept(tmp_path: Path) -> None:
    (tmp_path / f"{BUILDING}0123").mkdir()
    assert sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_python_that_does_not_fit_is_a_problem_with_its_fix(tmp_path: Path, installer: Installer) -> None:
    found = prepare(tmp_path, installer, wanting(), python=base_python(), requires_python=">=99")
    assert "set [verify] python" in found.problem
    with pytest.raises(Unavailable):
        base_python("99.9")
