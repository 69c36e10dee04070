"""Every known caller may read how a role works."""


def test_procedures_are_listed_and_read(lite_site):
    lite_site.file()
    lease = lite_site.claim()["lease"]["token"]
    heads = lite_site.good("GET", "/v1/sops", token=lease)["sops"]
    assert {"worker", "qa", "brain"} <= {one["role"] for one in heads}
    found = lite_site.good("GET", "/v1/sops/qa", token=lease)
    assert found["text"].startswith("#")
    assert found["origin"] == "windlass"
    assert lite_site.bad("GET", "/v1/sops/nobody")[0] == 404
    assert lite_site.bad("GET", "/v1/sops", token="")[0] == 401
