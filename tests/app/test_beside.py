"""The tools for one short command: no engine, no sandbox, and the owner unless a token says otherwise."""

import os

import pytest
from tests.app.shop import Shop

from windlass.app.beside import TOKEN, caller_beside, mesh_beside
from windlass.identity import OWNER, Role, TokenKind, Unknown, issue
from windlass.kernel import NotFound


def test_the_owner_calls_unless_a_token_says_otherwise(shop: Shop) -> None:
    with shop.open() as plant:
        assert caller_beside(plant, {}, "k").principal == OWNER
        made = plant.database.write(
            lambda tx: issue(
                tx, TokenKind.PERSON, subject="person:ann", role=Role.VIEWER, now=tx.now(),
                expires_at=tx.now() + 60, by="test",
            )
        )  # fmt: skip
        assert caller_beside(plant, {TOKEN: made.text}, None).principal.subject == "person:ann"
        with pytest.raises(Unknown):
            caller_beside(plant, {TOKEN: "wl_pat_x"}, None)


def test_the_tools_work_without_an_engine(shop: Shop) -> None:
    with shop.open() as plant:
        mesh = mesh_beside(plant)
        caller = caller_beside(plant, dict(os.environ, **{}), None)
        assert mesh.call("claim_task", caller, {"lanes": ["nobody"]}) == {"task": None}
        with pytest.raises(NotFound):
            mesh.call("check_task_status", caller, {"task_id": 7})
