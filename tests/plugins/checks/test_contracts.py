"""Contracts of real trees, held in the sandbox against what their standards say."""

import json
from collections.abc import Callable

import pytest

from windlass.plugins.checks.contracts import Settings, open
from windlass.verify import Outcome, Reading, Scene

Read = Callable[..., Reading]
GOOD = b"""openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /items/{id}:
    get:
      operationId: item
      parameters: [{name: id, in: path, required: true, schema: {type: integer, example: 3}}]
      responses: {200: {description: It., content: {application/json: {schema: {$ref: "item.yaml#/Item"}}}}}
"""
ITEM = b"Item: {type: object, properties: {name: {type: string}}}\n"


def test_a_good_contract_passes_and_is_told_of(read: Read) -> None:
    found = read("contracts", {"api/openapi.yaml": GOOD, "api/item.yaml": ITEM, "other.json": b"{}"})
    assert found.outcome is Outcome.PASSED, found
    assert found.detail == "1 files; 1 openapi-3.1"


def test_every_fault_is_told_with_its_line_under_a_name_of_its_own(read: Read) -> None:
    broken = GOOD.replace(b"item.yaml#/Item", b"item.yaml#/Itme").replace(b"in: path", b"in: query")
    found = read("contracts", {"api/openapi.yaml": broken, "api/item.yaml": ITEM})
    assert found.outcome is Outcome.FAILED
    assert dict(found.counts) == {
        "api/openapi.yaml|missing-reference item.yaml#/Itme": 1,
        "api/openapi.yaml|path-parameter get /items/{id} id": 1,
    }
    assert found.why["api/openapi.yaml|missing-reference item.yaml#/Itme"].startswith("line 8: ")


def test_an_example_that_does_not_fit_is_a_warning(read: Read) -> None:
    found = read("contracts", {"a.yaml": GOOD.replace(b"example: 3", b"example: three"), "item.yaml": ITEM})
    assert list(found.counts) == [
        "a.yaml|warning example /paths/~1items~1{id}/get/parameters/*/schema/example"
    ]


def test_paths_can_be_left_out_and_the_check_switched_off(read: Read) -> None:
    assert read("contracts", {"t/a.yaml": GOOD}).outcome is Outcome.FAILED
    assert read("contracts", {"t/a.yaml": GOOD}, table={"leave_out": ["t"]}).outcome is Outcome.PASSED
    scene = Scene(frozenset({"a.yaml"}), "/", {}, ("a.yaml",), {}, "/python", lambda argv, **_: None)
    assert open(Settings(off=True), None).absent(scene) == "[verify] leave_out names it"
    assert open(Settings(), None).absent(scene) == ""


@pytest.mark.parametrize("hostile", ["aliases", "deep", pytest.param("branches", marks=pytest.mark.slow)])
def test_hostile_contracts_end_soon_and_do_not_pass(read: Read, hostile: str) -> None:
    lines = ["&a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"&a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    twice = {f"s{n}": {"allOf": [{"$ref": f"#/definitions/s{n + 1}"}] * 2} for n in range(40)}
    contents = {
        "aliases": GOOD + b"x-a:\n" + "".join(f"  - {line}\n" for line in lines).encode(),
        "deep": GOOD + b"x-a: " + b"[" * 100_000,
        "branches": json.dumps({
            "$schema": "http://json-schema.org/draft-07/schema#", "type": "string",
            "definitions": {**twice, "s40": {"type": "string"}},
            "properties": {"a": {"type": "string", "allOf": [{"$ref": "#/definitions/s0"}], "default": "x"}},
        }).encode(),
    }  # fmt: skip
    found = read("contracts", {"a.json" if hostile == "branches" else "a.yaml": contents[hostile]})
    assert found.outcome is not Outcome.PASSED, found
    assert found.seconds < 20
