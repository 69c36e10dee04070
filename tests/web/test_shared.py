"""Shared values change by version, locks by fence."""


def test_a_value_changes_only_by_its_version(site):
    path = "/v1/state/plan/phase"
    assert site.bad("GET", path)[0] == 404
    made = site.ask("PUT", path, {"value": {"n": [1, None, "x"]}}, headers={"If-Match": '"0"'})
    assert (made.status_code, made.headers["etag"]) == (200, '"1"')
    assert site.bad("PUT", path, {"value": 2}, headers={"If-Match": '"0"'})[0] == 409
    assert site.bad("PUT", path, {"value": 2})[0] == 422
    assert site.good("PUT", path, {"value": 2}, headers={"If-Match": '"1"'})["version"] == 2
    found = site.good("GET", path, token=site.runner())
    assert (found["value"], found["version"], found["changed_by"]) == (2, 2, "person:admin")
    assert [one["key"] for one in site.good("GET", "/v1/state?prefix=plan")["entries"]] == ["plan/phase"]
    assert site.good("GET", "/v1/state?prefix=other")["entries"] == []
    assert (
        site.bad("PUT", path, {"value": 3}, headers={"If-Match": '"2"'}, token=site.token("viewer"))[0] == 403
    )


def test_a_lock_has_one_holder(site):
    path, mine, other = "/v1/locks/src/a.py", site.runner(), site.runner("other")
    held = site.good("PUT", path, {"ttl_s": 60}, token=mine)
    assert held["holder"] == "runner:build-7"
    assert site.bad("PUT", path, {"ttl_s": 60}, token=other)[0] == 409
    assert site.bad("DELETE", f"{path}?fence={held['fence']}", token=other)[0] == 409
    assert [one["resource"] for one in site.good("GET", "/v1/locks", token=mine)["locks"]] == ["src/a.py"]
    assert site.ask("DELETE", f"{path}?fence={held['fence']}", token=mine).status_code == 204
    assert site.good("GET", "/v1/locks")["locks"] == []
    assert site.good("PUT", path, {"ttl_s": 60}, token=other)["fence"] > held["fence"]
