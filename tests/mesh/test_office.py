"""A call is done once by its key, and says the same again."""

import pytest
from tests.mesh.conftest import AGENT, BOSS, Bureau

from windlass.dispatch import Lease, LeaseLost
from windlass.kernel import Conflict, Denied, Unavailable
from windlass.mesh import Caller, Mesh
from windlass.mesh.office import Request, check_alive, still_alive
from windlass.mesh.tools import TOOLS

LEASE = Lease(1, 2, "w", "mesh", 100.0)


def test_the_digest_holds_no_secret_and_all_else() -> None:
    def digest(**asked: object) -> str:
        return Request(TOOLS["renew_lease"], Caller(AGENT, "k"), AGENT, asked).digest

    assert digest(lease_token="a") == digest(lease_token="b")
    assert digest(x=1, y=2) == digest(y=2, x=1)
    assert digest(x=1) != digest(x=2)


def test_an_error_takes_no_key(bureau: Bureau) -> None:
    number = bureau.file()
    with pytest.raises(Conflict):
        bureau.call("force_unblock", key="k", task_id=number, reason="x")
    bureau.claim()
    assert bureau.call("requeue_task", key="k", task_id=number, reason="x")["status"] == "pending"


def test_an_answer_is_repeated_after_the_lease_is_gone(bureau: Bureau) -> None:
    bureau.file()
    token = bureau.claim()
    first = bureau.call("submit_for_review", AGENT, key="s", lease_token=token, commit="b" * 40)
    before = bureau.everything()
    assert bureau.call("submit_for_review", AGENT, key="s", lease_token=token, commit="b" * 40) == first
    assert bureau.everything() == before


def test_a_process_without_a_repository_takes_no_commits(bureau: Bureau) -> None:
    bureau.file()
    token = bureau.claim()
    bare = Mesh(bureau.database, bureau.settings, source=None)
    with pytest.raises(Unavailable):
        bare.call("submit_for_review", Caller(AGENT), {"lease_token": token, "commit": "b" * 40})
    assert bare.call("renew_lease", Caller(AGENT), {"lease_token": token})


def test_a_lease_is_alive_by_fence_worker_and_time() -> None:
    assert still_alive(LEASE, Lease(1, 2, "w", "", 0.0), 99.0)
    for other, now in ((Lease(1, 1, "w", "", 0.0), 0.0), (Lease(1, 2, "x", "", 0.0), 0.0), (LEASE, 100.0)):
        assert not still_alive(LEASE, other, now)
    assert not still_alive(None, LEASE, 0.0)
    with pytest.raises(LeaseLost):
        check_alive(None, LEASE, 0.0)


def test_without_a_lease_a_request_has_none() -> None:
    with pytest.raises(Denied):
        _ = Request(TOOLS["renew_lease"], Caller(BOSS), BOSS, {}).lease
