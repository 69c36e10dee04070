"""A landing that breaks main is found by looking at main as a whole, and taken back."""

from dataclasses import replace

import pytest
from tests.land import taken
from tests.land.conftest import Plant, make_site, make_user_repository
from tests.support.environments import shared

from windlass import dispatch, policy
from windlass.app.config_sections import Reverts
from windlass.app.proving import Proving
from windlass.land import LandingState, Mode
from windlass.sandbox import open_launcher

COMMANDS = {"fast": ["true"], "pr": ["true"], "nightly": ["sh one.sh", "sh two.sh"]}
"""What only tier 2 runs: the gate of the land room's tests sees none of it."""


@pytest.fixture
def plant(sqlite, tmp_path, clock):
    user = make_user_repository(tmp_path / "user")
    for name in ("one", "two"):
        (user / f"{name}.sh").write_text(f"test ! -e {name}\n")
    site = make_site(sqlite, tmp_path / "home", user, clock)
    folders = replace(site.folders, environments=shared())
    made = Plant(replace(site, launcher=open_launcher(), verify=COMMANDS, folders=folders), user, clock)
    made.git("add", "-A")
    made.git("commit", "-qm", "nightly")
    return made


def look(plant, mode=Reverts.AUTO):
    return Proving(plant.site, mode, 2).look()


def landed(plant, name):
    return taken.landed(plant, {name: b"x"})


@pytest.mark.nightly
def test_what_broke_main_is_found_among_several_and_taken_back_newest_first(plant):
    assert look(plant).look.said == "green"
    landed(plant, "good")
    one = landed(plant, "one")
    landed(plant, "fine")
    two = landed(plant, "two")
    found = look(plant)
    assert (found.look.said, found.fresh) == ("red", ("command:sh one.sh", "command:sh two.sh"))
    assert [(one.commit, one.names) for one in found.culprits] == [
        (two.commit, ("command:sh two.sh",)), (one.commit, ("command:sh one.sh",)),
    ]  # fmt: skip
    assert look(plant).culprits == ()  # what is known of a commit is not looked for again
    queued = []
    for culprit in found.culprits:
        offered = plant.database.read(lambda tx, task=culprit.task: dispatch.submission(tx, task, 1))
        dispatch.packs.bring(plant.site, offered)
        queued.append(plant.queue(culprit.task, 1, Mode.LAND))
    assert [done.state for done in plant.settled(*queued)] == [LandingState.LANDED] * 2
    assert look(plant).look.said == "green"
    assert {"good", "fine"} <= {*taken.names(plant)}
    assert not {"one", "two"} & {*taken.names(plant)}


@pytest.mark.parametrize("mode", [Reverts.ASK, Reverts.OFF])
def test_where_windlass_may_not_it_asks_or_only_tells(plant, mode):
    bad = landed(plant, "one")
    (culprit,) = look(plant, mode).culprits
    assert (culprit.landing, culprit.task) == (bad.id, None)
    asked = plant.database.read(policy.open_decisions)
    assert [one.kind for one in asked] == (["revert"] if mode is Reverts.ASK else [])
    assert "one" in taken.names(plant)


@pytest.mark.nightly
def test_what_a_person_broke_or_what_failed_before_is_nobodys_landing(plant):
    (plant.user / "one").touch()
    plant.git("add", "-A")
    plant.git("commit", "-qm", "a person's")
    landed(plant, "good")
    assert look(plant).culprits == ()
    (plant.user / "two").touch()
    plant.git("reset", "-q", "--hard", "main")
    (plant.user / "two").touch()
    plant.git("add", "-A")
    plant.git("commit", "-qm", "a person's again")
    (culprit,) = look(plant).culprits
    assert (culprit.commit, culprit.task) == (plant.git("rev-parse", "main"), None)
    assert culprit.why_not == "windlass did not land it"


def test_where_the_main_of_a_host_counts_that_one_is_looked_at(plant):
    old = plant.git("rev-parse", "main~1").strip()
    trunk = "refs/windlass/forge/heads/main"
    plant.site.mirror.sync(plant.site.checkout)
    plant.site.mirror.git.run("update-ref", trunk, old)
    site = replace(plant.site, checkout=replace(plant.site.checkout, trunk=trunk))
    proving = Proving(site, Reverts.OFF, 2)
    assert proving.due()
    first = proving.look()
    assert (first.look.commit, first.look.at > 0, first.seconds is not None) == (old, True, True)
    assert not proving.due()
    again = proving.look()
    assert (again.look.at, again.seconds) == (first.look.at, None)
