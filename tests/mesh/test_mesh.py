"""One place for every face: who acts is found out once, and everybody who is turned away is on record."""

from pathlib import Path

import pytest
from tests.mesh.conftest import AGENT, BOSS, OTHER, OWNER, Bureau

from windlass import events
from windlass.identity import Principal, Role
from windlass.kernel import Conflict, Denied, NotFound, Unavailable
from windlass.mesh import TOOLS, Caller


def test_every_tool_is_there(bureau: Bureau) -> None:
    for tool in TOOLS:
        with pytest.raises((Denied, NotFound, Conflict, Exception)) as failed:
            bureau.call(tool, Principal("nobody", Role.VIEWER), nonsense=1)
        assert "nonsense" in str(failed.value)


def test_a_refusal_says_through_which_face(bureau: Bureau) -> None:
    number = bureau.file()
    with pytest.raises(Denied):
        bureau.mesh.call("cancel_task", Caller(AGENT, via="mcp"), {"task_id": number, "reason": "x"})
    told = bureau.database.read(lambda tx: events.history(tx, task=number))
    (record,) = [each for each in told if each.kind == "access.denied"]
    assert (record.actor, record.data["via"], record.data["action"]) == ("runner:w", "mcp", "task.cancel")


def test_only_the_bearer_of_a_living_lease_uploads(bureau: Bureau, tmp_path: Path) -> None:
    bureau.file()
    token = bureau.claim()
    holder = bureau.mesh._who(Caller(AGENT), {"lease_token": token})
    assert bureau.mesh.upload(Caller(holder), "c" * 40, tmp_path / "x.pack") == {"commit": "c" * 40}
    for who in (AGENT, OTHER, BOSS):
        with pytest.raises(Denied):
            bureau.mesh.upload(Caller(who), "c" * 40, tmp_path / "x.pack")
    with pytest.raises(Unavailable):
        bureau.mesh.workspace(Caller(holder))
    bureau.clock.advance(301)
    with pytest.raises(Conflict):
        bureau.mesh.upload(Caller(holder), "c" * 40, tmp_path / "x.pack")


def test_decisions_and_policies_ask_for_the_right(bureau: Bureau) -> None:
    bureau.file()
    token = bureau.claim()
    asked = bureau.call("ask_clarification", AGENT, lease_token=token, question="which?")["decision_id"]
    for act in (
        lambda: bureau.mesh.decide(Caller(AGENT), asked, "yes"),
        lambda: bureau.mesh.add_policy(Caller(AGENT), None, ("question", "question:*", "yes")),
        lambda: bureau.mesh.policies(Caller(AGENT), None),
    ):
        with pytest.raises(Denied):
            act()
    assert bureau.mesh.decide(Caller(OWNER), asked, "yes")["decision"].answer == "yes"
    with pytest.raises(NotFound):
        bureau.mesh.decide(Caller(OWNER), 77, "yes")
