"""The README's commands, run for real; those of the set-up are checked to exist with their flags."""

import os
import re
import sys
from types import ModuleType

import pytest

from tests.docs.pages import ROOT, START, make_targets, scripts
from tests.scripts import load_script

README = ROOT / "README.md"
STEPS = [line.strip() for line in README.read_text().splitlines() if START.match(line.strip())]
SPANS = [span for span in re.findall(r"`([^`\n]+)`", README.read_text()) if START.match(span)]


@pytest.fixture
def bootstrap() -> ModuleType:
    """scripts/bootstrap.py as a module; it finds its neighbour get_uv as when it is run."""
    return load_script("bootstrap")


def test_both_commands_are_told():
    assert any(step.startswith("./start.sh --autonomous") for step in STEPS)
    assert any(step.startswith("make verify-pr") for step in STEPS)


@pytest.mark.parametrize("step", [*STEPS, *SPANS])
def test_set_up_commands_exist_with_their_flags(step: str, bootstrap):
    program, *words = step.partition("#")[0].split()
    if program == "make":
        assert set(words) <= make_targets()
        return
    assert os.access(ROOT / program, os.X_OK)
    if program == "./start.sh":
        wanted = bootstrap.parse(words)
        assert wanted.mode in words or not words


def test_flags_that_the_readme_names_alone_exist(bootstrap, capsys):
    for flag in ("--setup-only", "--doctor", "--offline"):
        assert bootstrap.parse([flag])
    with pytest.raises(SystemExit):
        bootstrap.parse(["--no-such-flag"])
    assert "--setup-only" in README.read_text()
    capsys.readouterr()


@pytest.mark.slow
def test_the_steps_on_a_repository_work_as_written(desk):
    (script,) = scripts(README)
    said = desk.run(script)
    assert "PROPOSED" in said
    assert "LANDED" in said
    assert "Decision 1 is answered: approve" in said


@pytest.mark.slow
def test_the_last_line_of_a_report_brings_the_checkout_up_to_date(desk):
    desk.run("cd ~/src/shop; echo '# mine' >> README.md; windlass run --land --max-tasks 1")
    assert desk.run("cd ~/src/shop; git diff --cached --name-only").strip()
    catch_up = desk.run("cd ~/src/shop; windlass report | tail -n 1").strip()
    told = re.search(r"^    (git -C .* read-tree -m -u) OLD NEW$", README.read_text(), re.MULTILINE)
    assert told is not None
    shape = re.escape(told[1].replace("~", str(desk.home))) + r" [0-9a-f]{40} [0-9a-f]{40}"
    assert re.fullmatch(shape, catch_up), catch_up
    desk.run(f"cd ~/src/shop; {catch_up}")
    assert desk.run("cd ~/src/shop; git diff --cached --name-only").strip() == ""
    assert desk.run("cd ~/src/shop; git diff --name-only").split() == ["README.md"]


def test_the_picture_is_there_and_fetches_nothing():
    picture = (ROOT / "docs/images/first-turn.svg").read_text()
    assert "docs/images/first-turn.svg" in README.read_text()
    assert re.findall(r"url\(http|@import|<script|href=\"http", picture) == []
    assert "LANDED" in picture
    assert sys.prefix not in picture
