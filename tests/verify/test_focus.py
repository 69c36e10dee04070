"""Which tests run first."""

from windlass.verify.focus import FOCUS_MAX, affects_everything, collected, files_with_tests, focus

SOURCES = {
    "src/pkg/__init__.py": b"",
    "src/pkg/core.py": b"",
    "src/pkg/near.py": b"from pkg import core\n",
    "tests/test_core.py": b"",
    "tests/test_near.py": b"from pkg import near\n",
    "tests/test_direct.py": b"from pkg import core\n",
    "tests/test_far.py": b"import json\n",
}
TESTS = files_with_tests(SOURCES)


def test_namesakes_come_first_then_by_distance_and_strangers_not_at_all() -> None:
    chosen = focus(SOURCES, TESTS, ("src", ""), ["src/pkg/core.py"])
    assert chosen == ("tests/test_core.py", "tests/test_direct.py", "tests/test_near.py")


def test_changed_tests_lead_and_earlier_failures_lead_them() -> None:
    changed = ["src/pkg/core.py", "tests/test_far.py"]
    assert focus(SOURCES, TESTS, ("src", ""), changed)[0] == "tests/test_far.py"
    chosen = focus(SOURCES, TESTS, ("src", ""), changed, failed_before={"tests/test_near.py"})
    assert chosen[0] == "tests/test_near.py"


def test_a_selection_is_bounded() -> None:
    sources = {f"tests/test_{n}.py": b"import core\n" for n in range(200)} | {"core.py": b""}
    assert len(focus(sources, files_with_tests(sources), ("",), ["core.py"])) == FOCUS_MAX


def test_conftest_and_configuration_reach_everything() -> None:
    assert affects_everything(["tests/conftest.py"])
    assert affects_everything(["pyproject.toml"])
    assert not affects_everything(["src/pkg/core.py", "README.md"])


def test_testpaths_narrow_what_is_collected() -> None:
    files = ["bench/test_b.py", "tests/test_a.py"]
    assert collected(files, {}) == files
    for name, text in {
        "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n',
        "pytest.ini": "[pytest]\ntestpaths = tests\n",
        "setup.cfg": "[tool:pytest]\ntestpaths = tests\n",
    }.items():
        assert collected(files, {name: text}) == ["tests/test_a.py"], name
    assert collected(files, {"pytest.ini": "[pytest]\ntestpaths = nowhere\n"}) == files
