"""A conflict that was settled once is settled so again: tested, named, and forgotten when it fails."""

import pytest
from tests.conflicts.conftest import Plant
from tests.conflicts.test_account import again

from windlass import conflicts, land
from windlass.conflicts.account import Ending, Resolution
from windlass.conflicts.model import Means
from windlass.land import LandingState, Mode
from windlass.land.model import Cause


def known(plant: Plant) -> list[Resolution]:
    return plant.database.read(lambda tx: conflicts.account.resolutions(tx, plant.site.repository.id))


@pytest.fixture
def taught(plant: Plant) -> tuple[Plant, str]:
    """A conflict in a.txt was handed back, landed as `both`, and main went back to where it came from."""
    first, second = plant.submitted({"a.txt": b"ONE\n"}), plant.submitted({"a.txt": b"1\n"})
    plant.run(plant.queue(*first, Mode.LAND))
    before = plant.git("rev-parse", "main")
    assert plant.run(plant.queue(*second, Mode.LAND)).cause is Cause.CONFLICT
    landed = again(plant, second[0], b"both\n")
    (one,) = known(plant)
    assert (one.text, one.path, one.task, one.commit) == ("both\n", "a.txt", second[0], landed.commit)
    plant.git("read-tree", before)
    plant.git("commit", "-qm", "back")
    return plant, plant.site.mirror.sync(plant.site.checkout)


def torn_again(plant: Plant, **more: bytes) -> land.Landing:
    base = plant.git("rev-list", "--max-parents=0", "main")
    task, fence = plant.submitted({"a.txt": b"1\n", **more}, base=base)
    return plant.run(plant.queue(task, fence, Mode.LAND))


def test_the_same_hunk_is_settled_as_before_and_said_so(taught: tuple[Plant, str]) -> None:
    plant, _ = taught
    commit = known(plant)[0].commit
    landed = torn_again(plant)
    assert landed.state is LandingState.LANDED
    assert plant.git("show", "main:a.txt") == "both"
    assert plant.gate.judged[-1] == plant.git("rev-parse", "main^{tree}")
    last = plant.database.read(lambda tx: conflicts.account.known(tx, plant.site.repository.id))[-1]
    assert (last.ending, last.clash.means) == (Ending.SETTLED, Means.RESOLUTION)
    assert last.clash.note == f"settled as in {commit[:12]}"
    assert known(plant)[0].used == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_one_that_is_red_is_forgotten(taught: tuple[Plant, str]) -> None:
    plant, _ = taught
    plant.gate.bad.add("bad.txt")
    found = torn_again(plant, **{"bad.txt": b""})
    assert (found.state, found.cause) == (LandingState.EJECTED, Cause.RED)
    assert "its conflict in a.txt was settled as in" in found.reason
    assert known(plant) == []
    assert torn_again(plant).cause is Cause.CONFLICT
