"""Lanes show what waits, and take limits and weights."""


def test_a_lane_gets_a_limit_and_keeps_what_was_not_said(site):
    site.file(2)
    site.claim()
    (lane,) = site.good("GET", "/v1/lanes?repository=shop")["lanes"]
    assert (lane["name"], lane["ready"], lane["running"], lane["limit"]) == ("backend", 1, 1, None)
    path = f"/v1/lanes/{lane['id']}"
    assert site.good("PATCH", path, {"limit": 4})["limit"] == 4
    changed = site.good("PATCH", path, {"weight": 2.5})
    assert (changed["limit"], changed["weight"]) == (4, 2.5)
    assert site.good("PATCH", path, {"limit": None})["limit"] is None
    assert site.bad("PATCH", path, {})[0] == 422
    assert site.bad("PATCH", "/v1/lanes/999", {"limit": 1})[0] == 404
    assert site.bad("PATCH", path, {"limit": 1}, token=site.token("viewer"))[0] == 403
