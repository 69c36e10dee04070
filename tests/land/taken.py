"""Landings that are taken back, for the tests of whoever has to do with them."""

from dataclasses import replace

from windlass import dispatch
from windlass.land import LandingState, Mode, records, revert
from windlass.land.reversals import Why
from windlass.sandbox import open_launcher

WHY = Why("tests/test_a.py::test_x fails on main", evidence=("tests/test_a.py::test_x: assert 1 == 2",))


def confined(plant):
    """The same with a sandbox: what is made without one is only proposed."""
    plant.site = replace(plant.site, launcher=open_launcher())
    return plant


def filed(plant, culprit, why=WHY):
    """The revert's landing, queued as its workflow would when it is judged green."""
    task = revert.take_back(plant.site, culprit, why)
    fence = plant.task(task).fence
    dispatch.packs.bring(plant.site, plant.database.read(lambda tx: dispatch.submission(tx, task, fence)))
    return plant.queue(task, fence, Mode.LAND)


def landed(plant, files, **options):
    """A change on the branch, with its item closed as whoever looks for work leaves it."""
    task, fence = plant.submitted(files, **options)
    done = plant.run(plant.queue(task, fence, Mode.LAND))
    assert done.state is LandingState.LANDED, done
    return done


def taken_back(plant, culprit, why=WHY, **options):
    return plant.run(filed(plant, culprit, why), **options)


def reversal(plant, culprit):
    return plant.database.read(lambda tx: records.reversals.of_landing(tx, culprit.id))


def names(plant):
    return plant.git("ls-tree", "--name-only", "main").split()
