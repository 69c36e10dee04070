"""The tools in a process that looks after nothing."""

import pytest
from tests.app.test_library import repository

from windlass import dispatch, identity
from windlass.app.beside import caller_beside, mesh_beside
from windlass.app.wiring import Wish, open_plant
from windlass.dispatch import Spec
from windlass.identity import OWNER, Role, TokenKind, Unknown

__all__ = ["repository"]


@pytest.fixture
def plant(repository, tmp_path):
    env = {"WINDLASS_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    with open_plant(Wish(repo=repository), env) as opened:
        yield opened


def file_one(plant):
    number = plant.repository.id
    base = plant.mirror.sync(plant.checkout)
    spec = Spec("backend", ("a.py",), instructions="do it")
    return plant.database.write(
        lambda tx: dispatch.add_task(
            tx, repository_id=number, item_id=None, lane=dispatch.lane_id(tx, number, "backend"), kind="fix",
            title="Do it", spec=spec, wsjf=2.0, base=base, now=tx.now(),
        )
    )  # fmt: skip


def test_the_owner_calls_where_no_token_is_named(plant):
    task = file_one(plant)
    caller = caller_beside(plant, {}, "k")
    assert (caller.principal, caller.key, caller.via) == (OWNER, "k", "cli")
    claimed = mesh_beside(plant).call("claim_task", caller, {})
    assert claimed["task"]["id"] == task
    assert claimed["workspace"]["base"] == plant.mirror.sync(plant.checkout)
    assert claimed["sop"].startswith("# ")


def test_a_token_in_the_environment_says_who_calls(plant):
    made = plant.database.write(
        lambda tx: identity.issue(
            tx, TokenKind.PERSON, subject="person:ann", role=Role.VIEWER, now=tx.now(),
            expires_at=tx.now() + 60, by="person:owner",
        )
    )  # fmt: skip
    assert caller_beside(plant, {"WINDLASS_TOKEN": made.text}).principal.subject == "person:ann"
    with pytest.raises(Unknown):
        caller_beside(plant, {"WINDLASS_TOKEN": made.text[:-1] + "x"})
