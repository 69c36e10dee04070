import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from windlass.app.config import load
from windlass.app.demo import make_demo
from windlass.app.detect import Tool, detect
from windlass.app.detect_reading import wanted
from windlass.app.proposal import proposal
from windlass.kernel import Conflict, Unavailable

RUFF = Path(sys.executable).with_name("ruff")


@pytest.fixture
def demo(tmp_path):
    return make_demo(tmp_path / "shop")


def suite(path):
    return subprocess.run(
        [sys.executable, "-m", "unittest", "discover", "-s", "tests", "-t", "."],
        cwd=path,
        capture_output=True,
        text=True,
    )


def git(path, *arguments):
    return subprocess.run(["git", *arguments], cwd=path, capture_output=True, text=True, check=True).stdout


def test_the_same_commits_are_made_everywhere(demo, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_NAME", "someone else")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text("[commit]\ngpgsign = true\n[core]\nautocrlf = true\n")
    assert make_demo(tmp_path / "again").head == demo.head
    monkeypatch.delenv("GIT_DIR")
    assert git(demo.path, "status", "--porcelain") == ""
    assert git(demo.path, "rev-list", "--count", "main").strip() == "3"


def test_exactly_one_test_is_red_and_known_to_be(demo):
    done = suite(demo.path)
    assert done.returncode == 1
    assert "Ran 12 tests" in done.stderr
    assert "FAIL: test_half_a_cent_rounds_up" in done.stderr
    assert done.stderr.count("FAIL:") == 1
    assert "ERROR" not in done.stderr


def test_pytest_sees_the_same(demo):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=demo.path,
        capture_output=True,
        text=True,
    )
    assert "1 failed, 11 passed" in done.stdout


def test_the_lint_is_what_was_planted_and_mending_it_keeps_the_tests_as_they_were(demo):
    check = [str(RUFF), "check", "--no-cache", "--output-format", "json"]
    found = subprocess.run(check, cwd=demo.path, capture_output=True)
    rules = Counter(item["code"] for item in json.loads(found.stdout))
    assert rules == {"F401": 3, "I001": 3, "W291": 2, "W293": 1, "W292": 1, "F541": 1, "F841": 1}
    fixed = [str(RUFF), "check", "--no-cache", "-q", "--fix", "--unsafe-fixes"]
    assert subprocess.run(fixed, cwd=demo.path).returncode == 0
    done = suite(demo.path)
    assert (done.stderr.count("FAIL:"), "Ran 12 tests" in done.stderr) == (1, True)


def test_windlass_detects_the_demo_and_proposes_settings_it_accepts(demo):
    paths = git(demo.path, "ls-files", "-z").split("\0")[:-1]
    detected = detect(paths, {path: (demo.path / path).read_bytes() for path in wanted(paths)})
    assert (detected.name, detected.packages, detected.test_dirs) == ("shop", ("shop",), ("tests",))
    assert detected.test_runner == Tool("unittest")
    assert detected.linters == (Tool("ruff", "pyproject.toml"),)
    assert (detected.requirements, detected.test_requirements, detected.notes) == ((), (), ())
    text = proposal(detected, name="x", main=demo.main)
    assert load({}, project=("p", text.encode())).config.project.name == "shop"
    assert "ruff check ." in text


def test_one_note_lies_where_only_a_person_may_write(demo):
    restricted = load({}).config.autonomy.restricted
    lines = git(demo.path, "grep", "-n", "-w", "TODO", "--", *restricted).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(".github/workflows/ci.yml")


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(Conflict, match="not empty"):
        make_demo(tmp_path)
    with pytest.raises(Unavailable):
        make_demo(tmp_path / "mine" / "below")
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_a_machine_without_git_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable) as caught:
        make_demo(tmp_path / "shop")
    assert caught.value.hint == "apt-get install -y git"
