"""`windlass agent`: who is there, letters, and letting an instance finish."""

from pathlib import Path
from typing import Any

import pytest
from tests.cli.shell import Shell, new_shell

from windlass import commons, fleet
from windlass.app.programs import Installed, write_record
from windlass.store import Database, open_database


@pytest.fixture
def manned(tmp_path: Path) -> Shell:
    """Two instances are registered, one of them long silent."""
    shell = new_shell(tmp_path / "plant")
    assert shell("agent", "list").out.splitlines()[1:] == [
        "No coding agent is installed. `windlass agent presets` lists what can be.", "",
        "Instances", "No instance is registered.",
    ]  # fmt: skip
    with_database(
        shell,
        lambda tx: (
            fleet.register(tx, "x", tx.now(), kind="acp", host="h", lanes=["docs"], skills={"sql": 0.5}),
            fleet.register(tx, "old", tx.now() - 1_000, kind="acp", host="h", capacity=3),
        ),
    )
    return shell


def with_database(shell: Shell, work: object) -> object:
    database: Database = open_database(f"sqlite:///{shell.home}/windlass.db")
    try:
        return database.write(work)
    finally:
        database.close()


def instances(shell: Shell) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shell("agent", "list", "--json").json["instances"]
    return found


def test_installed_agents_are_listed_beside_the_instances(manned: Shell) -> None:
    place = manned.home / "agents/programs/codex"
    place.mkdir(parents=True)
    write_record(place, Installed("codex", "@openai/codex", "0.169.0", (), ()))
    told = manned("agent", "list", "--json").json
    assert told["programs"] == [{"name": "codex", "version": "0.169.0", "standing": "ready"}]
    assert {one["name"] for one in told["instances"]} == {"x", "old"}
    heading, names, codex, *_ = manned("agent", "list").out.splitlines()
    assert (heading, names.split()) == ("Coding agents", ["NAME", "VERSION", "STANDING"])
    assert codex.split() == ["codex", "0.169.0", "ready"]
    assert manned("agent", "list", "--fields", "programs").json == {"programs": told["programs"]}


def test_instances_are_listed_with_what_is_known(manned: Shell) -> None:
    rows = {row["name"]: row for row in instances(manned)}
    assert (rows["x"]["standing"], rows["x"]["lanes"], rows["x"]["tasks"]) == ("alive", ["docs"], [])
    assert (rows["old"]["standing"], rows["old"]["capacity"]) == ("dead", 3)
    said = manned("agent", "list").out
    listed = said.partition("\nInstances\n")[2].splitlines()
    assert listed[0].split() == ["NAME", "STANDING", "TASKS", "LANES", "LAST", "BEAT"]
    assert "0/3" in said


def test_a_letter_is_shown_until_it_is_read(manned: Shell) -> None:
    assert manned("agent", "message", "x", "please look at the build", "--kind", "request").code == 0
    said = manned("agent", "message", "lane:docs", "to the lane").out
    assert said.startswith("Delivered to 2 of lane:docs")
    (first, second) = manned("agent", "show", "x", "--json").json["letters"]
    assert "request (unread): please look at the build" in first
    with_database(manned, lambda tx: commons.receipt(tx, "instance:x", [1], tx.now()))
    assert "(unread)" not in manned("agent", "show", "x", "--json").json["letters"][0]
    assert "letters" in manned("agent", "show", "x").out
    assert second


def test_an_instance_is_drained_and_resumed(manned: Shell) -> None:
    assert manned("agent", "drain", "x", "--reason", "new disk").out == "x takes nothing new\n"
    (row,) = [one for one in instances(manned) if one["name"] == "x"]
    assert (row["state"], row["reason"]) == ("draining", "new disk")
    assert "alive (draining)" in manned("agent", "list").out
    assert manned("agent", "drain", "x", "--resume").code == 0
    assert manned("agent", "show", "x", "--json").json["state"] == "live"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("show", "nobody"), 3), (("drain", "nobody"), 3), (("message", "nobody", "x"), 3),
     (("message", "x", " "), 2), (("message", "x", "y", "--kind", "No Word"), 2)],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_code(manned: Shell, arguments: tuple[str, ...], code: int) -> None:
    said = manned("agent", *arguments)
    assert said.code == code, said.err
    assert said.out == ""
