"""Services that run for real in the sandbox, each held against its contracts."""

from collections.abc import Callable
from typing import Any

import pytest

from windlass.kernel import Invalid
from windlass.plugins.checks.service import Settings, confirmed, open
from windlass.verify import Outcome, Reading, Scene

Read = Callable[..., Reading]
CONTRACT = b"""openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /items:
    get:
      responses: {200: {description: All., content: {application/json: {schema: {
        type: array, items: {$ref: "#/components/schemas/Item"}}}}}}
  /items/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        200: {description: One., content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}
        404: {description: None.}
components:
  schemas:
    Item: {type: object, required: [id, name], properties: {id: {type: integer}, name: {type: string}}}
"""
SERVER = b"""import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAMES = {7: "rope", 8: os.environ.get("NAME", "hook")}

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        words = self.path.strip("/").split("/")
        status, value = 404, None
        if words == ["openapi.json"]:
            status, value = 200, json.load(open("served.json"))
        elif words == ["items"]:
            status, value = 200, [item(n) for n in NAMES]
        elif words[0] == "items" and words[1].isdigit() and int(words[1]) in NAMES:
            status, value = 200, item(int(words[1]))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"" if value is None else json.dumps(value).encode())

def item(number):
    return {"id": number, "name": NAMES[number]}

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
TABLE: dict[str, Any] = {"argv": ["python", "serve.py", "{port}"], "ready": "/items", "openapi": "api.yaml"}


def files(server: bytes = SERVER, contract: bytes = CONTRACT) -> dict[str, bytes]:
    return {"serve.py": server, "api.yaml": contract}


def test_a_service_that_keeps_its_contract_passes(read: Read) -> None:
    found = read("service", files(), table=TABLE)
    assert (found.outcome, dict(found.counts)) == (Outcome.PASSED, {}), found
    assert found.metrics["start_s"] > 0


def test_an_answer_that_the_contract_does_not_allow_is_found_with_its_line(read: Read) -> None:
    wrong = SERVER.replace(b'{"id": number, "name"', b'{"id": str(number), "name"')
    found = read("service", files(wrong), table=TABLE)
    assert found.outcome is Outcome.FAILED
    assert {key.partition(" ")[0] for key in found.counts} == {"api.yaml|body-misfit"}
    assert all(why.startswith("line ") for why in found.why.values())


@pytest.mark.slow
def test_an_endless_schema_is_unknown_and_hides_no_fault_of_others(read: Read) -> None:
    levels = [b"    L0: {type: boolean}"]
    for n in range(1, 60):
        one = b'{$ref: "#/components/schemas/L%d"}' % (n - 1)
        levels.append(b"    L%d: {oneOf: [%s, %s]}" % (n, one, one))
    one = b'One., content: {application/json: {schema: {$ref: "#/components/schemas/'
    endless = CONTRACT.replace(one + b"Item", one + b"L59") + b"\n".join([*levels, b""])
    found = read("service", files(contract=endless), table=TABLE)
    assert (found.outcome, dict(found.counts)) == (Outcome.UNKNOWN, {}), found
    assert "the body of GET /items/{id} 200 could not be held" in found.detail
    assert "took more than" in found.detail
    wrong = SERVER.replace(b"[item(n) for n in NAMES]", b"[{**item(n), 'name': 1} for n in NAMES]")
    found = read("service", files(wrong, endless), table=TABLE)
    assert (found.outcome, found.metrics["unread"]) == (Outcome.FAILED, 1.0)
    assert list(found.counts) == ["api.yaml|body-misfit GET /items 200"]


def test_one_that_breaks_is_found(read: Read) -> None:
    ends = SERVER.replace(b"words = self", b"os._exit(4) if 'items/' in self.path else None; words = self")
    found = read("service", files(ends), table=TABLE)
    assert found.outcome is Outcome.FAILED
    assert "exit code 4" in found.why["api.yaml|service-ended"]


def test_one_that_does_not_start_is_found_and_one_that_is_not_ready_is_unknown(read: Read) -> None:
    found = read("service", files(b"raise SystemExit('no database')"), table=TABLE)
    assert dict(found.counts) == {"api.yaml|not-started": 1}
    assert "no database" in found.why["api.yaml|not-started"]
    slow = read("service", files(b"import time; time.sleep(60)"), table={**TABLE, "wait_s": 1.0})
    assert slow.outcome is Outcome.UNKNOWN
    assert "not up within 1 s" in slow.detail


def test_a_contract_that_is_gone_is_found(read: Read) -> None:
    found = read("service", {"serve.py": SERVER}, table=TABLE)
    assert dict(found.counts) == {"api.yaml|missing-contract": 1}


def test_what_it_serves_is_held_against_the_file_or_is_the_contract(read: Read) -> None:
    served = (
        b'{"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": {"/items": {"get":'
        b' {"responses": {"200": {"description": "", "content": {"application/json": {"schema":'
        b' {"type": "string"}}}}}}}}}'
    )
    both = {**files(), "served.json": served}
    found = read("service", both, table={**TABLE, "served": "/openapi.json"})
    rules = {key.partition("|")[2].partition(" ")[0] for key in found.counts}
    assert rules == {"drift-missing-operation", "drift-response"}
    alone = {**TABLE, "served": "/openapi.json", "openapi": ""}
    found = read("service", both, table=alone)
    assert {key.partition(" ")[0] for key in found.counts} == {"openapi.json|body-misfit"}


def test_its_variables_are_set(read: Read) -> None:
    contract = CONTRACT.replace(b"name: {type: string}", b"name: {type: string, maxLength: 4}")
    assert read("service", files(contract=contract), table=TABLE).outcome is Outcome.PASSED
    table = {**TABLE, "env": {"NAME": "a long name"}}
    assert read("service", files(contract=contract), table=table).outcome is Outcome.FAILED


def looked(outcome: Outcome, detail: str = "", **counts: int) -> Reading:
    named = {f"a.yaml|{rule}": count for rule, count in counts.items()}
    return Reading("service", outcome, 1.0, {"findings": 1.0}, counts=named, detail=detail)


def test_what_both_looks_found_is_found() -> None:
    both = confirmed(looked(Outcome.FAILED, a=2, b=1), looked(Outcome.FAILED, a=1, b=1))
    assert (both.outcome, both.seconds) == (Outcome.FAILED, 2.0)
    assert confirmed(looked(Outcome.FAILED, a=1), looked(Outcome.FAILED, a=1)).metrics == {"findings": 1.0}


def test_what_comes_and_goes_refuses_nobody_and_does_not_pass() -> None:
    some = confirmed(looked(Outcome.FAILED, a=1, b=1), looked(Outcome.FAILED, a=1, c=1))
    assert (some.outcome, dict(some.counts)) == (Outcome.FAILED, {"a.yaml|a": 1})
    assert some.metrics["unread"] == 2
    assert some.detail.startswith("found in one of two looks: a.yaml|b, a.yaml|c")
    none = confirmed(looked(Outcome.FAILED, a=1), looked(Outcome.PASSED))
    assert (none.outcome, dict(none.counts)) == (Outcome.UNKNOWN, {})
    late = confirmed(looked(Outcome.FAILED, a=1), looked(Outcome.UNKNOWN, "no time was left"))
    assert (late.outcome, "no time was left" in late.detail) == (Outcome.UNKNOWN, True)


def test_load_is_measured_and_a_kill_is_borne(read: Read) -> None:
    found = read("service", files(), table={**TABLE, "load_s": 0.5, "clients": 2})
    assert found.outcome is Outcome.PASSED, found
    assert found.metrics["load_p95_ms"] > 0


def test_it_needs_a_program_and_a_contract_and_names_its_tiers() -> None:
    scene = Scene(frozenset(), "/", {}, (), {}, "/python", lambda argv, **_: None)
    for settings in (Settings(openapi="a.yaml"), Settings(argv=("a",))):
        with pytest.raises(Invalid):
            open(settings, None)
    check, load = (open(Settings(("a",), openapi="a.yaml", load_s=s), None) for s in (0.0, 1.0))
    assert (check.tiers, load.tiers, check.role, check.absent(scene)) == ((1,), (3,), "scan", "")
