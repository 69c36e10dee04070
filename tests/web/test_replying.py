"""An answer that the contract does not know never leaves: it is counted, recorded and told as a bug."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from windlass.contracts import load_contract
from windlass.kernel import NotFound
from windlass.web import WebSettings, create_app
from windlass.web import app as application
from windlass.web.call import Call, Reply
from windlass.web.replying import ContractViolated, Replier, Violations

OPERATIONS = load_contract().operations
BROKEN = [
    ({"tasks": []}, "'next' is missing"),
    ({"tasks": [], "next": None, "secret": "wl_pat_abc"}, "member that the contract does not know"),
    ({"tasks": "x", "next": None}, "is not of type"),
    (Reply({"tasks": [], "next": None}, status=202), "202 is not declared"),
    (Reply("x", media_type="text/html"), "'text/html' is not declared"),
    (None, "is not declared"),
]


@pytest.mark.parametrize(("given", "why"), BROKEN, ids=[why for _, why in BROKEN])
def test_what_the_contract_does_not_know_is_not_sent(given, why):
    told: list[tuple[str, str]] = []
    violations = Violations(lambda operation, what: told.append((operation, what)))
    response = Replier(violations, strict=False).reply(OPERATIONS["listTasks"], given)
    assert response.status_code == 500
    assert response.media_type == "application/problem+json"
    assert b"secret" not in bytes(response.body)
    assert violations.total == 1
    assert told[0][0] == "listTasks"
    assert why in told[0][1]
    with pytest.raises(ContractViolated, match=why.replace("'", ".")):
        Replier(violations, strict=True).reply(OPERATIONS["listTasks"], given)


def test_headers_that_the_contract_asks_for_have_to_be_there():
    entry = {
        "key": "a",
        "version": 1,
        "value": 1,
        "changed_by": "x",
        "changed_at": "2026-11-21T12:00:00.000Z",
    }
    replier = Replier(Violations(lambda *_: None), strict=True)
    assert replier.reply(OPERATIONS["readState"], Reply(entry, {"ETag": '"1"'})).status_code == 200
    for headers in ({}, {"ETag": "1"}):
        with pytest.raises(ContractViolated, match="etag"):
            replier.reply(OPERATIONS["readState"], Reply(entry, headers))


def test_an_error_that_an_operation_does_not_declare_is_a_violation_too():
    replier = Replier(Violations(lambda *_: None), strict=True)
    with pytest.raises(ContractViolated, match="404 is not declared"):
        replier.refuse(OPERATIONS["readSession"], NotFound("x"))


def test_a_running_server_counts_and_records_it(lite_site, monkeypatch, caplog):
    def wrong(call: Call) -> Any:
        call.allow(repository=None)
        return {"tasks": [{"id": "wl_pat_secretsecret"}], "next": None}

    monkeypatch.setitem(application.tasks.HANDLERS, "listTasks", wrong)
    app = create_app(lite_site.served, WebSettings({"windlass.test"}))
    headers = {"Authorization": f"Bearer {lite_site.token()}"}
    with TestClient(app, base_url="http://windlass.test") as client:
        for _ in range(3):
            found = client.get("/v1/tasks", headers=headers)
            assert (found.status_code, found.json()["code"]) == (500, "bug")
        page = client.get("/metrics", headers=headers).text
    assert 'windlass_contract_violations_total{operation="listTasks"} 3' in page
    assert lite_site.events().count("contract.violated") == 1
    assert "secretsecret" not in found.text + caplog.text


def test_a_bug_is_told_without_its_words(lite_site, monkeypatch, caplog):
    def wrong(call: Call) -> Any:
        raise ValueError("a secret: wl_lease_abcdefgh")

    monkeypatch.setitem(application.tasks.HANDLERS, "listTasks", wrong)
    app = create_app(lite_site.served, WebSettings({"windlass.test"}))
    with TestClient(app, base_url="http://windlass.test") as client:
        found = client.get("/v1/tasks", headers={"Authorization": f"Bearer {lite_site.token()}"})
    assert (found.status_code, found.json()["code"]) == (500, "bug")
    assert "secret" not in found.text
    assert found.json()["instance"] in caplog.text, "the log has it under the same name"
    assert "abcdefgh" not in caplog.text
