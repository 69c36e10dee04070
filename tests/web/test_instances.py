"""Instances register, beat, drain and leave; a runner speaks for itself alone."""

ME = {"name": "build-7", "kind": "worker", "host": "h", "lanes": ["backend"], "skills": {"python": 0.5}}


def test_an_instance_lives_drains_and_leaves(site):
    mine = site.runner()
    made = site.good("POST", "/v1/instances", ME, token=mine)
    assert (made["state"], made["standing"], made["leases"]) == ("live", "alive", 0)
    site.file()
    site.claim()
    beaten = site.good("POST", "/v1/instances/build-7/beat", token=mine)
    assert (beaten["standing"], beaten["leases"]) == ("alive", 1)
    assert site.good("POST", "/v1/instances/build-7/drain", {"reason": "x"})["state"] == "draining"
    assert site.good("POST", "/v1/instances/build-7/resume", token=mine)["state"] == "live"
    assert site.good("DELETE", "/v1/instances/build-7", token=mine)["state"] == "left"
    assert site.bad("POST", "/v1/instances/build-7/beat", token=mine)[0] == 404
    assert site.good("GET", "/v1/instances/build-7")["state"] == "left"
    assert [one["name"] for one in site.good("GET", "/v1/instances")["instances"]] == ["build-7"]


def test_nobody_speaks_for_another_instance(site):
    site.good("POST", "/v1/instances", ME, token=site.runner())
    stranger = site.runner("other")
    assert site.bad("POST", "/v1/instances", ME, token=stranger)[0] == 403
    assert site.bad("POST", "/v1/instances/build-7/beat", token=stranger)[0] == 403
    assert site.bad("POST", "/v1/instances/build-7/drain", {"reason": "x"}, token=stranger)[0] == 403
    assert site.bad("DELETE", "/v1/instances/build-7", token=stranger)[0] == 403
    assert site.good("GET", "/v1/instances/build-7")["state"] == "live"
    assert site.bad("GET", "/v1/instances/nobody")[0] == 404
