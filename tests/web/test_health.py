"""What the two health resources say, held against the contract's own schemas."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from windlass.app.vitals import MISSING, Health, Part, Status
from windlass.web.health import FIELDS, complete, live

CONTRACT = yaml.load(
    (Path(__file__).parents[2] / "contracts" / "openapi.yaml").read_bytes(), yaml.CSafeLoader
)


def schema(name: str):
    return jsonschema_rs.validator_for(
        {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}
    )


def health(*parts: Part) -> Health:
    return Health("node-1", 1_700_000_000.0, parts)


@pytest.mark.parametrize(
    ("status", "code", "word"),
    [(Status.OK, 200, "ok"), (Status.DEGRADED, 200, "degraded"), (Status.FAILING, 503, "failing")],
)
def test_only_what_fails_takes_a_server_out_of_the_balance(status: Status, code: int, word: str):
    assert live(health(Part("database", Status.OK, ""), Part("node", status, ""))) == (code, {"status": word})
    schema("Health").validate({"status": word})


def test_complete_health_keeps_the_contract_whatever_was_found():
    told = tuple(Part(name, Status.UNKNOWN, why) for name, why in MISSING.items())
    merged = Part("auto_merge_rate_7d", Status.OK, "", value=0.5)
    for more in (
        (Part("autonomous_ready", Status.OK, "", value=True), merged),
        (Part("autonomous_ready", Status.OK, "disk", value=False),),
        (Part("autonomous_ready", Status.UNKNOWN, "?"), Part("disk", Status.FAILING, "full", 0.2)),
        (),
    ):
        body = complete(health(*told, *more))
        schema("HealthComplete").validate(json.loads(json.dumps(body)))
        assert set(FIELDS) <= set(body)


def test_what_is_not_there_yet_is_unknown_and_says_why():
    body = complete(health(*(Part(name, Status.UNKNOWN, why) for name, why in MISSING.items())))
    for name in MISSING:
        assert body[name] == "unknown"
        (part,) = (one for one in body["parts"] if one["name"] == name)
        assert part["detail"]
        assert "seconds" not in part, "nobody looked, so no time was measured"


def test_a_false_value_is_not_unknown():
    assert complete(health(Part("autonomous_ready", Status.OK, "", value=False)))["autonomous_ready"] is False
