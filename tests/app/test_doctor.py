import os
import subprocess
import time
from dataclasses import replace

import pytest

from windlass.app.config_sections import Config, Database, Dispatch, Isolation, Sandbox, Verify
from windlass.app.config_services import ServiceSetting
from windlass.app.config_values import Plug
from windlass.app.demo import make_demo
from windlass.app.detect import Tool, detect
from windlass.app.doctor import (
    Patient,
    State,
    examine,
    exit_code,
    judge_clock,
    judge_disk,
    judge_git,
    judge_sqlite,
    judge_tool,
)
from windlass.app.home import Home
from windlass.kernel import system_clock
from windlass.store import migrate, open_database

OFF = Config(sandbox=Sandbox(level=Isolation.NONE))


@pytest.fixture
def patient(tmp_path):
    env = {"WINDLASS_HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}
    return Patient(env, OFF, system_clock)


def states(patient):
    return {f.name: f.state for f in examine(patient)}


def test_a_machine_that_is_well_is_told_so_and_what_was_not_looked_at_is_skipped(patient):
    found = states(patient)
    assert {found[name] for name in ("python", "git", "data home", "database")} == {State.OK}
    assert {found[name] for name in ("repository", "tools")} == {State.SKIPPED}
    assert found["sandbox"] is State.WARN


def test_the_real_sandbox_is_asked(patient):
    (found,) = [f for f in examine(replace(patient, config=Config())) if f.name == "sandbox"]
    assert found.state in (State.OK, State.FAIL)
    assert (found.state is State.OK) == (found.fix == "")
    empty = replace(patient, config=Config(), env={**patient.env, "PATH": "/nonexistent"})
    assert {f.name: f.state for f in examine(empty) if f.name in ("git", "sandbox")} == {
        "git": State.FAIL,
        "sandbox": State.FAIL,
    }
    assert exit_code(examine(empty)) == 1


def test_one_broken_check_does_not_hide_the_others(patient, tmp_path):
    (tmp_path / "home").write_text("in the way")
    found = {f.name: f for f in examine(patient)}
    assert found["data home"].state is State.FAIL
    assert "WINDLASS_HOME" in found["data home"].fix
    assert found["git"].state is State.OK


def test_a_database_in_use_is_left_alone_and_one_at_rest_is_looked_into(patient):
    home = Home.open(patient.env)
    database = open_database(f"sqlite:///{home.database}")
    migrate(database)
    database.close()
    assert states(patient)["database"] is State.OK
    assert states(patient)["clock"] is State.OK
    with home.own(time.time()):
        assert states(patient)["database"] is State.SKIPPED


@pytest.mark.postgres
def test_the_clock_of_a_database_server_is_compared(patient, postgres_url):
    ours = replace(patient, config=replace(OFF, database=Database(url=postgres_url)))
    found = states(ours)
    assert (found["database"], found["clock"], found["sqlite"]) == (State.WARN, State.OK, State.SKIPPED)
    late = replace(ours, clock=lambda: system_clock() - 60)
    assert states(late)["clock"] is State.WARN


def test_an_unreachable_database_fails_without_showing_its_password(patient):
    url = "postgresql://me:hunter2@127.0.0.1:1/none"
    found = {f.name: f for f in examine(replace(patient, config=replace(OFF, database=Database(url=url))))}
    assert found["database"].state is State.FAIL
    assert "hunter2" not in str(found)


def test_the_facts_of_a_repository_that_bear_on_the_work_are_named(patient, tmp_path):
    demo = make_demo(tmp_path / "shop")
    assert states(replace(patient, repository=demo.path))["repository"] is State.OK
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{demo.path}", tmp_path / "cut"], check=True
    )
    subprocess.run(["git", "-C", tmp_path / "cut", "checkout", "-q", "--detach"], check=True)
    found = states(replace(patient, repository=tmp_path / "cut"))
    assert (found["history"], found["head"]) == (State.WARN, State.WARN)
    (tmp_path / "empty").mkdir()
    assert states(replace(patient, repository=tmp_path / "empty"))["repository"] is State.FAIL


def test_tools_that_nothing_would_install_are_named(patient):
    files = {
        "pyproject.toml": b"[tool.pyright]\n[tool.ruff]\n[tool.pytest]\n[dependency-groups]\ntest=['pytest']"
    }
    detected = detect((*files, "x/__init__.py"), files)
    found = {f.name: f for f in examine(replace(patient, detected=detected))}
    assert (found["ruff"].state, found["pytest"].state) == (State.OK, State.OK)
    assert judge_tool(Tool("pyright"), detected).state is State.WARN
    assert judge_tool(Tool("pyright"), detected, named=["pytest"]).fix.endswith("[verify] requirements")
    assert judge_tool(Tool("pyright"), detected, named=["basedpyright>=1"]).state is State.OK
    assert judge_tool(Tool("unittest"), detected).state is State.OK
    said = b"[dependency-groups]\nlint=['pyright', 'flake8']\n[tool.pyright]\n[tool.black]"
    files = {"pyproject.toml": said}
    listed = {f.name: f for f in examine(replace(patient, detected=detect((*files, "x/__init__.py"), files)))}
    assert listed["pyright"].state is State.OK
    assert {listed[name].state for name in ("flake8", "black")} == {State.SKIPPED}
    assert "not run by windlass" in listed["black"].seen
    assert states(replace(patient, detected=detect((), {})))["tools"] is State.WARN


def test_a_description_that_no_service_is_held_against_is_named(patient):
    detected = detect(("api/openapi.yaml", "a.py"), {})
    alone = {f.name: f for f in examine(replace(patient, detected=detected))}["contracts"]
    assert (alone.state, "api/openapi.yaml" in alone.seen) == (State.SKIPPED, True)
    held = replace(OFF, verify=Verify(services=(ServiceSetting("api", "x", openapi="api/openapi.yaml"),)))
    assert "contracts" not in states(replace(patient, detected=detected, config=held))


@pytest.mark.parametrize(
    ("finding", "state"),
    [
        (judge_git("git version 2.37.9"), State.FAIL),
        (judge_git("git version 2.39.5 (Apple Git-154)"), State.OK),
        (judge_git("nonsense"), State.FAIL),
        (judge_sqlite("3.51.2"), State.WARN),
        (judge_sqlite("3.51.3"), State.OK),
        (judge_sqlite("3.100.0"), State.OK),
        (judge_disk(2**40, "/"), State.OK),
        (judge_disk(2**30, "/"), State.WARN),
        (judge_disk(2**20, "/"), State.FAIL),
        (judge_clock(0.1), State.OK),
        (judge_clock(-90.0), State.WARN),
    ],
)
def test_judgements(finding, state):
    assert finding.state is state
    assert (finding.fix == "") == (state is State.OK)


def test_runners_are_named_with_where_their_tasks_wait_and_wrong_ones_fail(patient):
    def looked(*plugs):
        config = replace(OFF, dispatch=Dispatch(runners=plugs))
        return next(f for f in examine(replace(patient, config=config)) if f.name == "runners")

    good = looked(Plug("mechanic", "mechanic"), Plug("todo", "outside", {"lane": "backend"}))
    assert (good.state, good.seen) == (State.OK, "mechanic, todo (agents that claim lane backend)")
    assert looked(Plug("todo", "outside")).state is State.FAIL
    assert looked(Plug("todo", "wizard")).state is State.FAIL


def test_the_level_that_is_not_in_use_is_told_of_too(patient, tmp_path):
    def found(**settings):
        config = Config(sandbox=Sandbox(**settings))
        return {f.name: f for f in examine(replace(patient, config=config))}

    unasked = found()["level container"]
    assert (unasked.state, 'level = "container"' in unasked.fix) == (State.SKIPPED, True)
    asked = found(level=Isolation.CONTAINER, manifest=str(tmp_path / "none.toml"))
    assert asked["sandbox"].state is State.FAIL
    assert "cannot be read" in asked["sandbox"].seen
    assert "level bwrap" in asked
