"""Tokens are shown once and end at once; a link opens one session, and changes need its second token."""

from windlass.identity import OWNER, Principal, Role

SERVICE = {"kind": "service", "subject": "service:ci", "role": "service", "scopes": ["read"]}


def test_a_token_is_issued_used_and_revoked(site):
    made = site.good("POST", "/v1/tokens", SERVICE)
    assert site.good("GET", "/v1/tasks", token=made["text"])["tasks"] == []
    listed = site.good("GET", "/v1/tokens")
    assert made["text"] not in str(listed)
    assert made["id"] in [one["id"] for one in listed["tokens"]]
    assert site.ask("DELETE", f"/v1/tokens/{made['id']}").status_code == 204
    assert site.bad("GET", "/v1/tasks", token=made["text"])[0] == 401
    assert site.ask("DELETE", f"/v1/tokens/{made['id']}").status_code == 204
    assert made["id"] not in [one["id"] for one in site.good("GET", "/v1/tokens")["tokens"]]
    assert made["id"] in [one["id"] for one in site.good("GET", "/v1/tokens?revoked=true")["tokens"]]
    assert site.bad("DELETE", "/v1/tokens/9999")[0] == 404


def test_nobody_makes_a_stronger_token(site):
    viewer = site.token("viewer")
    admin = {"kind": "person", "subject": "person:viewer", "role": "admin"}
    assert site.bad("POST", "/v1/tokens", admin, token=viewer)[0] == 403
    assert site.bad("POST", "/v1/tokens", SERVICE, token=viewer)[0] == 403
    own = site.good("POST", "/v1/tokens", admin | {"role": "viewer", "days": 1}, token=viewer)
    assert site.good("GET", "/v1/session", token=own["text"])["role"] == "viewer"
    assert all(
        one["subject"] == "person:viewer" for one in site.good("GET", "/v1/tokens", token=viewer)["tokens"]
    )
    assert site.bad("POST", "/v1/tokens", SERVICE | {"role": "admin"})[0] == 422


def test_a_link_opens_one_session(site):
    link = site.open_link()
    opened = site.ask("GET", f"/open?code={link}", token="")
    assert (opened.status_code, opened.headers["location"]) == (303, "/v1/session")
    cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    told = site.good("GET", "/v1/session", token="")
    assert told["subject"] == "person:owner"
    assert site.good("GET", "/v1/tasks", token="")["tasks"] == []
    assert site.bad("GET", f"/open?code={link}", token="")[0] == 401
    body = {"reason": "x", "task_id": 1}
    assert site.bad("POST", "/v1/tools/cancel_task", body, token="")[1]["code"] == "missing-csrf"
    wrong = {"X-Windlass-CSRF": "0" * 64}
    assert site.bad("POST", "/v1/tools/cancel_task", body, token="", headers=wrong)[0] == 403
    right = {"X-Windlass-CSRF": told["csrf"]}
    assert site.bad("POST", "/v1/tools/cancel_task", body, token="", headers=right)[0] == 404
    assert site.bad("DELETE", "/v1/session", token="")[0] == 403
    assert site.ask("DELETE", "/v1/session", token="", headers=right).status_code == 204
    assert site.bad("GET", "/v1/session", token="")[0] == 401


def test_a_link_gives_no_more_than_its_owner_has(site):
    site.ask("GET", f"/open?code={site.open_link(Principal('person:eve', Role.VIEWER))}", token="")
    told = site.good("GET", "/v1/session", token="")
    assert (told["subject"], told["role"]) == ("person:eve", "viewer")
    assert OWNER.subject != told["subject"]
