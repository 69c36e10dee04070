"""A landing that breaks main is found by looking at main as a whole, and taken back."""

from dataclasses import replace

import pytest
from tests.land import taken
from tests.land.conftest import Plant, make_site, make_user_repository
from tests.support.environments import shared

from windlass import dispatch, events, policy
from windlass.app.config_sections import Reverts
from windlass.app.proving import LATER_S, Proving
from windlass.land import LandingState, Mode
from windlass.sandbox import open_launcher
from windlass.verify.evaluation import trunk

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


def test_what_was_not_certain_in_time_is_asked_later_and_held_against_the_same_commit(plant):
    assert look(plant).look.said == "green"
    good = plant.git("rev-parse", "main").strip()
    bad = landed(plant, "one")
    # What fails is on record, and no time is left to ask since when.
    trunk.prove(plant.site, plant.site.mirror.tree_of(bad.commit), tiers=(0, 1, 2))
    hurried = Proving(replace(plant.site, verify={**COMMANDS, "nightly_limit_s": 0.5}), Reverts.AUTO, 2)
    first = hurried.look()
    name = "command:sh one.sh"
    assert (first.look.said, first.culprits, first.fresh) == ("unknown", (), ())
    assert (first.look.undecided, first.look.since) == ((name,), good)
    assert "time was over" in first.look.unknown[0]
    proving = Proving(plant.site, Reverts.AUTO, 2)
    assert not proving.due()
    landed(plant, "fine")
    assert proving.due()
    plant.git("reset", "-q", "--hard", bad.commit)
    plant.clock.advance(LATER_S)
    assert proving.due()
    found = proving.look()
    assert (found.look.said, found.look.undecided) == ("red", ())
    assert [(one.commit, one.names) for one in found.culprits] == [(bad.commit, (name,))]
    assert not proving.due()


def test_what_is_seen_again_of_a_commit_is_not_told_again(plant):
    plant.site = replace(plant.site, verify={**COMMANDS, "nightly": ["no-such-program"]})
    seen = [look(plant) for _ in range(2)]
    assert [one.look.said for one in seen] == ["unknown", "unknown"]
    told = plant.database.read(lambda tx: events.after(tx, events.Cursor()))[0]
    assert [one.kind for one in told].count("trunk.unknown") == 1


@pytest.mark.slow
def test_what_a_revert_mended_and_a_landing_broke_again_before_the_next_look_has_a_culprit(plant):
    assert look(plant).look.said == "green"
    landed(plant, "one")
    (first,) = look(plant).culprits
    offered = plant.database.read(lambda tx: dispatch.submission(tx, first.task, 1))
    dispatch.packs.bring(plant.site, offered)
    plant.settled(plant.queue(first.task, 1, Mode.LAND))
    assert "one" not in taken.names(plant)
    again = landed(plant, "one")
    found = look(plant)
    assert (found.look.said, found.look.failing.keys()) == ("red", {"command:sh one.sh"})
    assert [(one.commit, one.landing) for one in found.culprits] == [(again.commit, again.id)]
