"""/health, /metrics and the contracts: what a server tells of itself."""

from typing import Any

from windlass.contracts import ASYNCAPI, OPENAPI, load_document
from windlass.web import health
from windlass.web.bind import Handler
from windlass.web.call import Call, Reply
from windlass.web.metrics import Metrics
from windlass.web.replying import Violations

YAML = "application/yaml"
COUNTER = (
    b"# HELP windlass_contract_violations_total Answers of this server that did not keep the contract.\n"
    b"# TYPE windlass_contract_violations_total counter\n"
)


def handlers(metrics: Metrics, violations: Violations) -> dict[str, Handler]:
    def page(call: Call) -> Any:
        call.allow(repository=call.principal.repository)
        told = b"".join(
            b'windlass_contract_violations_total{operation="%b"} %d\n' % (name.encode(), count)
            for name, count in sorted(violations.counts.items())
        )
        return Reply(metrics.page() + COUNTER + told, media_type="text/plain")

    return {
        "health": live,
        "healthComplete": complete,
        "metrics": page,
        "openapiJson": openapi_json,
        "openapiYaml": openapi_yaml,
        "asyncapiYaml": asyncapi_yaml,
    }


def live(call: Call) -> Any:
    status, told = health.live(call.served.vitals.live())
    return Reply(told, status=status)


def complete(call: Call) -> Any:
    call.allow(repository=call.principal.repository)
    return health.complete(call.served.vitals.complete())


def openapi_json(call: Call) -> Any:
    return dict(load_document(OPENAPI).tree)


def openapi_yaml(call: Call) -> Any:
    return Reply(load_document(OPENAPI).text, media_type=YAML)


def asyncapi_yaml(call: Call) -> Any:
    return Reply(load_document(ASYNCAPI).text, media_type=YAML)
