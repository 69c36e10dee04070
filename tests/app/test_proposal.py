import tomllib

from windlass.app.config import load
from windlass.app.detect import detect
from windlass.app.proposal import LINES_MAX, fast_commands, pr_commands, proposal

EVERYTHING = {
    "pyproject.toml": b"[project]\nname='x'\n"
    b"[tool.ruff.format]\n[tool.mypy]\n[tool.pytest]\n[tool.black]\n[tool.isort]\n"
    b"[tool.flake8]\n[tool.pylint]\n[tool.pyright]\n"
}


def test_the_proposal_is_short_and_windlass_itself_accepts_it():
    paths = (*EVERYTHING, "x/__init__.py", "tests/test_a.py", "package.json", "go.mod")
    detected = detect(paths, EVERYTHING)
    text = proposal(detected, name="folder", main="trunk")
    assert len(text.splitlines()) <= LINES_MAX
    config = load({}, project=("windlass.toml", text.encode()), project_inside=True).config
    assert (config.project.name, config.project.main) == ("x", "trunk")
    assert config.verify.fast == config.verify.pr == ()
    assert fast_commands(detected) == ("ruff check .", "ruff format --check .", "mypy x", "pyright")
    assert "not run: flake8, pylint, black, isort." in text
    assert all(command in text for command in (*fast_commands(detected), "python -m pytest"))
    assert "node (package.json)" in text


def test_a_folder_with_nothing_gets_no_made_up_commands():
    text = proposal(detect((), {}), name="folder", main="main")
    assert tomllib.loads(text)["project"] == {"name": "folder", "main": "main"}
    assert "verify" not in tomllib.loads(text)
    assert "Nothing was found that can judge a change" in text


def test_what_another_language_is_checked_with_stands_at_its_tier():
    package = b'''{"scripts": {"test": "jest && tsc"}, "devDependencies": {"eslint": "9", "jest": "30"}}'''
    paths, files = ("package.json", "package-lock.json", "eslint.config.js"), {"package.json": package}
    detected = detect(paths, files)
    assert fast_commands(detected) == ("node_modules/.bin/eslint . --format json",)
    assert pr_commands(detected) == ("jest --ci --json && tsc",)
    without = proposal(detect((paths[0], paths[2]), files), name="x", main="main")
    assert "# node-test, eslint cannot run yet: package.json has dependencies and no lock" in without


def test_unittest_suites_are_run_by_folder():
    detected = detect(("tests/test_a.py", "more/tests/test_b.py"), {"tests/test_a.py": b"import unittest"})
    assert pr_commands(detected) == (
        "python -m unittest discover -s more/tests -t .",
        "python -m unittest discover -s tests -t .",
    )


def test_a_description_of_a_service_brings_the_table_that_holds_it():
    text = proposal(detect(("api/openapi.yaml", "a.py"), {}), name="folder", main="main")
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    table = "\n".join(lines[lines.index("  [[verify.service]]") :])
    config = load({}, project=("windlass.toml", table.encode()), project_inside=True).config
    assert [one.openapi for one in config.verify.services] == ["api/openapi.yaml"]
