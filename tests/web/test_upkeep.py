"""What a server tells of itself: measured, and the contract word for word."""

from pathlib import Path

import yaml

CONTRACTS = Path(__file__).parents[2] / "contracts"


def test_the_served_contract_is_the_file(lite_site):
    for name in ("openapi.yaml", "asyncapi.yaml"):
        assert lite_site.ask("GET", f"/{name}", token="").content == (CONTRACTS / name).read_bytes()
    told = lite_site.good("GET", "/openapi.json", token="")
    assert told == yaml.safe_load((CONTRACTS / "openapi.yaml").read_text())
    assert lite_site.client.app.openapi() == told


def test_health_is_open_and_details_are_not(lite_site):
    found = lite_site.ask("GET", "/health", token="")
    assert set(found.json()) == {"status"}
    assert lite_site.bad("GET", "/health/complete", token="")[0] == 401
    assert lite_site.bad("GET", "/metrics", token="")[0] == 401
    told = lite_site.good("GET", "/health/complete", token=lite_site.token("viewer"))
    assert told["node"] == "node-1"
    assert {"database"} <= {one["name"] for one in told["parts"]}


def test_figures_are_text_for_prometheus(site):
    found = site.ask("GET", "/metrics")
    assert found.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "windlass_contract_violations_total" in found.text
