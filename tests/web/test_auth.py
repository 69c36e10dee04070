"""Whoever cannot be recognised is told nothing, and recorded."""

import pytest


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer wl_pat_" + "a" * 49, "bearer\tx"]
)
def test_what_is_no_credential_is_refused_in_one_way(lite_site, value):
    found = lite_site.ask("GET", "/v1/tasks", token="", headers={"Authorization": value})
    assert found.status_code == 401
    assert found.headers["www-authenticate"].startswith("Bearer")
    assert found.json()["detail"] == "the credential is missing or not valid"
    assert "aaaa" not in found.text
    assert "access.unknown" in lite_site.events()


def test_expired_and_revoked_tokens_are_no_credentials(lite_site):
    token = lite_site.token("viewer")
    assert lite_site.ask("GET", "/v1/tasks", token=token).status_code == 200
    lite_site.clock.advance(90_000)
    assert lite_site.bad("GET", "/v1/tasks", token=token)[0] == 401


def test_the_scheme_is_read_as_http_says(lite_site):
    token = lite_site.token()
    assert lite_site.ask(
        "GET", "/v1/tasks", token="", headers={"Authorization": f"bEARER {token}"}
    ).is_success


def test_nobody_is_served_before_the_caller_is_known(lite_site):
    """A wrong body from nobody is nobody's, not wrong."""
    assert lite_site.bad("POST", "/v1/tools/cancel_task", {"x": 1}, token="")[0] == 401
    assert lite_site.bad("GET", "/v1/tasks?limit=x", token="")[0] == 401


def test_a_session_does_not_stand_in_for_a_token_that_is_needed(lite_site):
    lite_site.ask("GET", f"/open?code={lite_site.open_link()}", token="")
    assert lite_site.good("GET", "/v1/tasks", token="")["tasks"] == []
    assert lite_site.bad("GET", "/v1/attempt/base", token="")[0] == 401
    lite_site.client.cookies.clear()
    assert lite_site.bad("DELETE", "/v1/session")[0] == 401
