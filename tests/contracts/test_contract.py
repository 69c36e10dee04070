"""The contract is whole: it compiles, its examples fit it, and it names rights and errors that exist."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from windlass.contracts import load_contract, load_document
from windlass.contracts.contract import compile_contract
from windlass.contracts.document import ASYNCAPI, ContractBroken, read_document
from windlass.contracts.mistakes import find
from windlass.identity import ACTIONS, Role

CONTRACT = load_contract()
TREE = CONTRACT.document.tree
OPERATIONS = sorted(CONTRACT.operations.values(), key=lambda one: one.id)
EVERYWHERE = {421, 422, 500}


def told(one: Any) -> dict[str, Any]:
    found: dict[str, Any] = TREE["paths"][one.path][one.method.lower()]
    return found


def named(one: Any) -> str:
    return str(one.id)


def test_every_schema_is_a_schema():
    for name, schema in CONTRACT.document.schemas.items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert name[0].isupper()


@pytest.mark.parametrize("one", OPERATIONS, ids=named)
def test_examples_fit_the_contract(one):
    content = told(one).get("requestBody", {}).get("content", {}).get("application/json", {})
    if content:
        assert "example" in content, "a body needs an example"
        assert find(one.body.validator, content["example"], "body") == ()
    for status, response in told(one)["responses"].items():
        for media, shown in response.get("content", {}).items():
            if "example" in shown:
                assert find(one.answers[int(status)].media[media], shown["example"], "body") == ()


@pytest.mark.parametrize("one", OPERATIONS, ids=named)
def test_every_operation_names_rights_errors_and_a_summary(one):
    assert set(one.actions) <= {*ACTIONS, "any"}
    assert one.summary.endswith(".")
    assert set(one.answers) >= EVERYWHERE
    if one.security:
        assert one.actions
        assert {401, 403} <= set(one.answers)
    if one.body is not None:
        assert {400, 413, 415} <= set(one.answers)
    for status, answer in one.answers.items():
        if status >= 400 and status != 503:
            assert set(answer.media) == {"application/problem+json"}


@pytest.mark.parametrize("one", OPERATIONS, ids=named)
def test_changes_from_a_browser_need_the_second_token(one):
    for schemes in one.security:
        if "session" in schemes and one.method != "GET":
            assert "csrf" in schemes


def test_rights_and_roles_are_those_of_identity():
    assert CONTRACT.document.schemas["Action"]["enum"] == list(ACTIONS)
    assert CONTRACT.document.schemas["Role"]["enum"] == [role.value for role in Role]


def test_nothing_in_the_components_is_left_over():
    text = CONTRACT.document.text.decode()
    unused = [
        f"{kind}/{name}"
        for kind, things in TREE["components"].items()
        if kind != "securitySchemes"
        for name in things
        if f"#/components/{kind}/{name}'" not in text
    ]
    assert unused == []


def test_events_are_the_same_in_both_contracts():
    ours = CONTRACT.document.schemas["Event"]["properties"]
    assert {"id", "at", "kind", "actor", "repository", "item", "task", "fence", "data"} == set(ours)
    assert "/v1/events" in load_document(ASYNCAPI).text.decode()


def test_an_operation_without_a_right_is_no_contract(tmp_path: Path):
    file = tmp_path / "a.yaml"
    file.write_text(
        "security: [{bearer: []}]\npaths: {/x: {get: {operationId: x, summary: X., responses: {}}}}\n"
        "components: {schemas: {}}\n"
    )
    with pytest.raises(ContractBroken, match="names no right"):
        compile_contract(read_document(file))


def test_an_operation_twice_is_no_contract(tmp_path: Path):
    file = tmp_path / "a.yaml"
    same = "{get: {operationId: x, summary: X., responses: {}}}"
    file.write_text(f"paths: {{/x: {same}, /y: {same}}}\ncomponents: {{schemas: {{}}}}\n")
    with pytest.raises(ContractBroken, match="twice"):
        compile_contract(read_document(file))
