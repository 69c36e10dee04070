"""Handlers, models and contract that differ stop the start; each difference is named."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from windlass import contracts
from windlass.contracts import load_contract
from windlass.contracts.contract import compile_contract
from windlass.contracts.document import Document
from windlass.web import Drift, WebSettings, create_app
from windlass.web import app as application
from windlass.web.bind import check
from windlass.web.call import Call

CONTRACT = load_contract()


def plain(call: Call) -> Any:
    call.allow()


def tool(call: Call, body: Mapping[str, object]) -> Any:
    call.allow()


def modelled(name: str) -> Any:
    def handler(call: Call, body: Any) -> Any:
        call.allow()

    handler.__annotations__["body"] = getattr(contracts.models, name)
    return handler


def whole() -> dict[str, Any]:
    """A handler for everything, as the contract wants it."""

    def file(call: Call, body: Path) -> Any:
        call.allow()

    found: dict[str, Any] = {}
    for one in CONTRACT.operations.values():
        if one.body is None:
            found[one.id] = plain
        elif one.is_tool:
            found[one.id] = tool
        else:
            found[one.id] = modelled(one.body.model) if one.body.is_json else file
    return found


def drift(handlers: Mapping[str, Any]) -> str:
    """In what handlers and contract differ; empty when in nothing."""
    try:
        check(CONTRACT, handlers)
    except Drift as error:
        return str(error)
    return ""


def test_what_agrees_starts():
    assert drift(whole()) == ""


def bare(body: object) -> None: ...


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"claimTask": None}, "claimTask has no handler"),
        ({"flyToTheMoon": plain}, "flyToTheMoon is in no contract"),
        ({"setLane": modelled("ClaimTask")}, "setLane: its handler takes .*ClaimTask.* sends SetLane"),
        ({"setLane": plain}, "setLane: its handler does not take the body"),
        ({"listTasks": tool}, "listTasks: its handler takes"),
        ({"listTasks": bare}, "listTasks: its handler does not take the call"),
        ({"writeAttemptPack": tool}, "writeAttemptPack: .* sends bytes"),
    ],
)
def test_each_difference_is_named(change, why):
    handlers = {name: one for name, one in (whole() | change).items() if one is not None}
    with pytest.raises(Drift, match=why):
        check(CONTRACT, handlers)


def test_models_of_another_contract_stop_the_start():
    tree = dict(CONTRACT.document.tree)
    schemas = {**CONTRACT.document.schemas, "New": {"type": "string"}}
    tree["components"] = {**tree["components"], "schemas": schemas}
    other = compile_contract(Document("openapi.yaml", b"", tree))
    with pytest.raises(Drift, match="models were made from another contract"):
        check(other, whole())


def test_the_server_does_not_start_with_a_handler_missing(lite_site, monkeypatch):
    monkeypatch.setitem(application.tasks.HANDLERS, "listTasksAgain", application.tasks.list_tasks)
    with pytest.raises(Drift, match="listTasksAgain"):
        create_app(lite_site.served, WebSettings({"x"}))
    monkeypatch.undo()
    monkeypatch.delitem(application.tasks.HANDLERS, "listTasks")
    with pytest.raises(Drift, match="listTasks has no handler"):
        create_app(lite_site.served, WebSettings({"x"}))


def test_nothing_is_answered_without_having_looked_at_rights(lite_site, monkeypatch):
    monkeypatch.setitem(application.tasks.HANDLERS, "listTasks", lambda_without_rights)
    app = create_app(lite_site.served, WebSettings({"windlass.test"}, strict=True))
    with (
        TestClient(app, base_url="http://windlass.test") as client,
        pytest.raises(AssertionError, match="without having looked at rights"),
    ):
        client.get("/v1/tasks", headers={"Authorization": f"Bearer {lite_site.token()}"})


def lambda_without_rights(call: Call) -> Any:
    return {"tasks": [], "next": None}
