"""The two checks around the move of a reference, and what a person is told."""

from dataclasses import replace
from pathlib import Path

import pytest

from windlass import dispatch
from windlass.land import LandingState, Mode, publish, records
from windlass.land.publication import Publication
from windlass.workspace import Author

FIX = {"a.txt": b"ONE\ntwo\nthree\n"}
WHO = Author("e", "e@e")


class Stop(Exception):
    pass


def about_to_land(plant):
    """A landing whose intention is on record and whose reference has not moved, and its submission."""
    task, fence = plant.submitted(FIX)
    landing_id = plant.queue(task, fence, Mode.LAND)

    def stop(name):
        if name == "publish":
            raise Stop

    with pytest.raises(Stop):
        plant.run(landing_id, mark=stop)
    found = plant.database.read(lambda tx: records.landing(tx, landing_id))
    assert found.state is LandingState.LANDING
    return found, plant.database.read(lambda tx: dispatch.submission(tx, task, fence))


def test_an_honest_landing_has_no_mismatch(plant):
    landing, submission = about_to_land(plant)
    assert publish.mismatch(plant.site, landing, submission) is None
    assert publish.situation(plant.site, landing) == (Publication.GO, landing.base)


def test_each_of_the_three_trees_and_the_parent_is_compared(plant):
    landing, submission = about_to_land(plant)
    mirror = plant.site.mirror
    tree = mirror.write_tree({"a.txt": b"EVIL\n"})
    evil = mirror.commit(tree, [landing.base], "x", WHO, 1.0)
    orphan = mirror.commit(landing.tree, [], "x", WHO, 1.0)
    wrong = {
        "second merge": replace(landing, tree=tree),
        "has the tree": replace(landing, commit=evil),
        "has the parents": replace(landing, commit=orphan),
    }
    for words, tampered in wrong.items():
        assert words in (publish.mismatch(plant.site, tampered, submission) or "")


def test_a_second_merge_that_conflicts_is_a_mismatch(plant):
    landing, submission = about_to_land(plant)
    base = plant.site.mirror.commit(plant.site.mirror.write_tree({"a.txt": b"other\n"}), [], "x", WHO, 1.0)
    assert "conflicts" in (publish.mismatch(plant.site, replace(landing, base=base), submission) or "")


def test_what_is_read_back_is_compared(plant):
    landing, _ = about_to_land(plant)
    name = publish.target(landing)
    assert "does not hold" in (publish.read_back(plant.site, landing) or "")
    plant.site.checkout.publish(plant.site.mirror, landing.commit, name, expected=landing.base, message="m")
    assert publish.read_back(plant.site, landing) is None
    assert "tested was" in (publish.read_back(plant.site, replace(landing, tree="0" * 40)) or "")


def test_the_command_for_the_checkout_survives_a_strange_path():
    said = publish.update_command(Path("/a b/$x"), "1" * 40, "2" * 40)
    assert said == f"git -C '/a b/$x' read-tree -m -u {'1' * 40} {'2' * 40}"
