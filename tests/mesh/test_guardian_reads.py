"""A guardian reads the tasks it stands on, and nothing else by its lease."""

import pytest

from windlass import backlog, dispatch
from windlass.dispatch import Place, Spec
from windlass.identity import Principal, Role
from windlass.kernel import Denied
from windlass.mesh import Caller, Mesh, MeshSettings
from windlass.store import Database, Transaction

RUNNER = Principal("runner:host-1", Role.AGENT, instance="host-1")


def test_a_guardian_reads_what_it_judges_but_no_task_beside(database: Database) -> None:
    def file(tx: Transaction) -> tuple[int, int, int]:
        shop = backlog.tend(tx, "shop", "/shop", "main", tx.now()).id

        def one(lane: str, place: Place) -> int:
            return dispatch.add_task(
                tx, repository_id=shop, item_id=None, lane=dispatch.lane_id(tx, shop, lane), kind="fix",
                title=lane, spec=Spec(lane, ("a.py",)), wsjf=2.0, base="a" * 40, now=tx.now(), place=place,
            )  # fmt: skip

        first = one("backend", Place("implementation"))
        return first, one("other", Place()), one("qa", Place("qa", parent=first, root=first))

    first, beside, guard = database.write(file)
    mesh = Mesh(database, MeshSettings(), source=None)
    answer = mesh.call("claim_task", Caller(RUNNER), {"lanes": ["qa"]})
    assert answer["task"]["id"] == guard
    bearer = Caller(mesh._door.enter(answer["lease"]["token"], via="rest"))
    assert mesh.call("get_task_history", bearer, {"task_id": first})["attempts"] == []
    told = mesh.call("check_task_status", bearer, {"task_id": first})
    assert (told["task_id"], told["lease"]) == (first, "none")
    with pytest.raises(Denied):
        mesh.call("get_task_history", bearer, {"task_id": beside})
