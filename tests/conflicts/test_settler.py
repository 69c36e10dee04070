"""A generated file in conflict: made anew in the sandbox, tested, landed, and on record as that."""

from dataclasses import replace

import pytest
from tests.conflicts.conftest import Plant
from tests.support.environments import shared

from windlass import conflicts, dispatch, land
from windlass.conflicts.account import Ending
from windlass.conflicts.generated import Generated, generated_table
from windlass.conflicts.model import Kind, Means
from windlass.land import LandingState, Mode
from windlass.land.statement import statement

GEN = b"open('out.txt', 'w').write(''.join(sorted(open('in.txt'))).upper())\n"
MAIN, CHANGE = b"z\na\nm\n", b"a\nm\nx\n"
"""What each side makes of a source with the lines a and m."""


@pytest.fixture
def tended(plant: Plant) -> Plant:
    """A repository whose settings name the command that makes `out.txt`."""
    commit(plant, {"gen.py": GEN, "in.txt": b"a\nm\n", "out.txt": b"A\nM\n"})
    entry = Generated("api", ("out.txt",), "python gen.py", 60.0)
    folders = replace(plant.site.folders, environments=shared())
    plant.site = replace(plant.site, conflicts=generated_table([entry]), folders=folders)
    return plant


def commit(plant: Plant, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (plant.user / name).write_bytes(content)
    plant.git("add", "-A")
    plant.git("commit", "-qm", "change")


def torn(plant: Plant, **more: bytes) -> land.Landing:
    """Both sides change the source, far from each other, and what is made of it, in one place."""
    task, fence = plant.submitted({"in.txt": CHANGE, "out.txt": b"A\nM\nX\n", **more})
    commit(plant, {"in.txt": MAIN, "out.txt": b"A\nM\nZ\n"})
    return plant.run(plant.queue(task, fence, Mode.LAND))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_it_lands_as_the_command_makes_it_of_both_and_is_stated(tended: Plant) -> None:
    landed = torn(tended)
    assert landed.state is LandingState.LANDED
    assert tended.git("show", "main:out.txt") == "A\nM\nX\nZ"
    assert tended.gate.judged == [tended.git("rev-parse", "main^{tree}")]
    (past,) = tended.database.read(lambda tx: conflicts.account.known(tx, landed.repository_id))
    assert (past.ending, past.clash.kind, past.clash.means) == (
        Ending.SETTLED, Kind.GENERATED, Means.COMMAND,
    )  # fmt: skip
    work = tended.database.read(lambda tx: dispatch.chain.whole(tx, landed.task_id, landed.fence))
    told = tended.database.read(lambda tx: statement(tx, landed, work, 7.0))["predicate"]["settled"]
    assert told == [{
        "path": "out.txt", "by": "command", "note": "api: python gen.py",
        "blob": tended.git("rev-parse", "main:out.txt"),
    }]  # fmt: skip


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_command_that_the_change_brings_is_never_run(tended: Plant) -> None:
    tended.site = replace(tended.site, conflicts={})
    mine = b'[[conflicts.generated]]\nname = "api"\npaths = ["out.txt"]\ncommand = "python gen.py"\n'
    found = torn(tended, **{"windlass.toml": mine})
    assert (found.state, found.cause) == (LandingState.EJECTED, land.model.Cause.CONFLICT)
    assert "out.txt" in found.reason


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_was_settled_and_is_red_is_open_again(plant: Plant) -> None:
    commit(plant, {"CHANGELOG.md": b"# Log\n\n- a\n"})
    task, fence = plant.submitted({"CHANGELOG.md": b"# Log\n\n- a\n- t\n", "bad.txt": b""})
    commit(plant, {"CHANGELOG.md": b"# Log\n\n- a\n- o\n"})
    plant.gate.bad.add("bad.txt")
    found = plant.run(plant.queue(task, fence, Mode.LAND))
    assert found.state is LandingState.EJECTED
    (past,) = plant.database.read(lambda tx: conflicts.account.known(tx, found.repository_id))
    assert (past.ending, past.clash.means) == (Ending.OPEN, None)
    assert "test_x fails" in past.clash.note
