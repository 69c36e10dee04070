"""`[[verify.service]]` as people write it."""

import pytest

from windlass.app.config_services import ServiceSetting, service_tables
from windlass.app.config_values import Complaint

GOOD = {"name": "api", "command": "uvicorn shop:app --port {port}", "openapi": "contracts/openapi.yaml"}
WHOLE = {
    **GOOD, "ready": "/health", "asyncapi": "contracts/asyncapi.yaml", "served": "/openapi.json",
    "headers": {"Authorization": "Bearer test"}, "env": {"DATABASE_URL": "sqlite://"},
    "leave_out": ["POST /payments", "* /admin/**", "WS /feed"], "wait": "1m", "load": "0s", "clients": 4,
}  # fmt: skip


def test_a_table_becomes_a_service_and_back() -> None:
    shape = service_tables("a list of services")
    plain, whole = shape.read([GOOD, {**WHOLE, "name": "more"}])
    assert plain == ServiceSetting("api", GOOD["command"], openapi="contracts/openapi.yaml")
    assert (whole.wait_s, whole.load_s, whole.clients) == (60.0, 0.0, 4)
    assert whole.headers == (("Authorization", "Bearer test"),)
    assert shape.show((whole,)) == [{**WHOLE, "name": "more"}]
    assert shape.read(shape.show((plain, whole))) == (plain, whole)


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"name": "An API"}, "[0].name"), ({"command": "'"}, "[0].command"), ({"command": ""}, "[0].command"),
        ({"ready": "health"}, "[0].ready"), ({"openapi": "../x"}, "[0].openapi"), ({"openapi": ""}, "[0]"),
        ({"port": 80}, "[0].port"), ({"wait": 30}, "[0].wait"), ({"clients": 0}, "[0].clients"),
        ({"headers": "x"}, "[0].headers"), ({"headers": {"A B": "c"}}, "[0].headers.A B"),
        ({"headers": {"A": "b\r\nC: d"}}, "[0].headers.A"), ({"env": {"A=B": "c"}}, "[0].env.A=B"),
        ({"leave_out": ["/x"]}, "[0].leave_out[0]"), ({"served": 3}, "[0].served"),
    ],
)  # fmt: skip
def test_every_mistake_is_told_where_it_is(change: dict[str, object], at: str) -> None:
    with pytest.raises(Complaint) as caught:
        service_tables("a list of services").read([{**GOOD, **change}])
    assert [fault.at for fault in caught.value.faults] == [at]
