"""Decisions are shown and answered once; policies are filed, listed and revoked."""

from windlass import policy
from windlass.events import Subject


def ask(site, key="item:1"):
    def put(tx):
        return policy.ask(
            tx, key, "Go on?", {"why": "new"}, ["approve", "decline"], kind="gate", now=tx.now(),
            about=Subject(site.repository), default="approve",
        ).id  # fmt: skip

    return site.database.write(put)


def test_a_decision_is_answered_once(site):
    number = ask(site)
    (listed,) = site.good("GET", "/v1/decisions")["decisions"]
    assert listed == site.good("GET", f"/v1/decisions/{number}")
    assert (listed["status"], listed["default"], listed["repository"]) == ("open", "approve", "shop")
    path = f"/v1/decisions/{number}/answer"
    assert site.bad("POST", path, {"choice": "maybe"})[0] == 422
    assert site.good("POST", path, {"choice": "decline"})["decision"]["answer"] == "decline"
    assert site.bad("POST", path, {"choice": "approve"})[0] == 409
    assert site.good("GET", "/v1/decisions")["decisions"] == []
    assert len(site.good("GET", "/v1/decisions?status=answered&repository=shop")["decisions"]) == 1
    assert site.bad("GET", "/v1/decisions/77")[0] == 404


def test_viewers_look_and_do_not_answer(site):
    number, viewer = ask(site), site.token("viewer")
    assert site.good("GET", f"/v1/decisions/{number}", token=viewer)["id"] == number
    assert site.bad("POST", f"/v1/decisions/{number}/answer", {"choice": "approve"}, token=viewer)[0] == 403
    assert site.good("GET", f"/v1/decisions/{number}")["status"] == "open"


def test_policies_are_filed_listed_and_revoked(site):
    body = {"kind": "gate", "pattern": "item:*", "choice": "approve", "repository": "shop"}
    made = site.good("POST", "/v1/policies", body)
    assert made["repository"] == "shop"
    assert site.bad("POST", "/v1/policies", body, token=site.token("operator"))[0] == 403
    assert [one["id"] for one in site.good("GET", "/v1/policies")["policies"]] == [made["id"]]
    assert site.good("DELETE", f"/v1/policies/{made['id']}")["revoked_by"] == "person:admin"
    assert site.good("GET", "/v1/policies")["policies"] == []
    assert len(site.good("GET", "/v1/policies?revoked=true")["policies"]) == 1
    assert site.bad("DELETE", "/v1/policies/999")[0] == 404
