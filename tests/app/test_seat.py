"""The tools of a lease's holder in its box, without a box; `tests/mcp/test_lease.py` has one."""

import pytest
from tests.app.shop import Shop, bench

from windlass import dispatch
from windlass.app.beside import mesh_beside
from windlass.app.seat import Seat, holder_of
from windlass.dispatch import LeaseLost, TaskStatus
from windlass.dispatch.local import LocalEmployer
from windlass.kernel import Invalid
from windlass.mesh import Caller
from windlass.store import Started


def test_windlass_takes_the_work_and_the_holder_says_what_it_wants_known(any_shop: Shop) -> None:
    plant = any_shop.open()
    at = bench(plant, Started())
    number = at.file()
    job = LocalEmployer(at.site, 300.0).take("w1")
    assert job is not None
    seat = Seat(lambda: mesh_beside(plant))
    caller = Caller(holder_of(job, plant.repository.id), "key-1", "mcp")
    for _ in range(2):
        said = seat.call("submit_for_review", caller, {"note": "done"})
        assert said == {"status": "in_progress", "submission": None}
    assert [one.content for one in at.read(lambda tx: dispatch.messages(tx, number))] == ["done"]
    with pytest.raises(Invalid, match="windlass itself commits"):
        seat.call("submit_for_review", caller, {"commit": "a" * 40})
    with pytest.raises(Invalid, match="no guardian's"):
        seat.call("submit_for_review", Caller(caller.principal), {"verdict": "pass"})
    plant.database.write(lambda tx: dispatch.verdicts.requeue(tx, number, "ada", "again", tx.now()))
    with pytest.raises(LeaseLost):
        seat.call("submit_for_review", Caller(caller.principal), {"note": "late"})
    assert at.task(number).status is TaskStatus.PENDING
