"""A contract by hand against what FastAPI tells of a service that is as it says, and of one thing changed."""

import copy
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import uvicorn
import yaml
from fastapi import Body, Depends, FastAPI, Header, Query, UploadFile
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from windlass.papers.kinds import kind_of
from windlass.papers.live.drift import drift
from windlass.papers.live.target import Ask, Target
from windlass.papers.references import Shelf
from windlass.papers.text import Paper, read
from windlass.papers.told import Fault
from windlass.papers.walk import walk

ROOT = Path(__file__).parents[3]


class Tag(BaseModel):
    word: str = Field(max_length=20)


class Pet(BaseModel):
    name: str = Field(min_length=1, max_length=40)
    kind: Literal["cat", "dog"]
    age: int | None = Field(default=None, ge=0)
    tags: list[Tag] = []
    parent: "Pet | None" = None


class Kept(Pet):
    id: int


class Problem(BaseModel):
    title: str


def service() -> FastAPI:
    app = FastAPI()

    @app.get("/pets")
    def list_pets(
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        kind: Annotated[Literal["cat", "dog"] | None, Query()] = None,
        x_trace: Annotated[str | None, Header()] = None,
    ) -> list[Kept]:
        return []

    @app.post("/pets", status_code=201, dependencies=[Depends(HTTPBearer())])
    def add_pet(pet: Annotated[Pet, Body()]) -> Kept:
        return Kept(id=1, **pet.model_dump())

    @app.get("/pets/{id}", responses={404: {"model": Problem}})
    def one_pet(id: int) -> Kept | None:
        return None

    @app.delete("/pets/{id}", status_code=204)
    def drop_pet(id: int) -> None:
        return None

    @app.put("/pets/{id}/picture")
    def picture(id: int, file: UploadFile) -> dict[str, str]:
        return {}

    return app


CONTRACT = """
openapi: 3.0.3
info: {title: pets, version: 1.0.0}
paths:
  /pets:
    get:
      operationId: list_pets_pets_get
      summary: All of them.
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100, default: 20}}
        - {name: kind, in: query, schema: {$ref: '#/components/schemas/Kind'}}
        - {name: X-Trace, in: header, schema: {type: string}}
      responses:
        '200':
          description: pets
          content:
            application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Kept'}}}
    post:
      security: [{token: []}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
      responses:
        '201':
          description: a pet
          content: {application/json: {schema: {$ref: '#/components/schemas/Kept'}}}
  /pets/{petId}:
    parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        '200':
          description: a pet, or none
          content:
            application/json: {schema: {nullable: true, allOf: [{$ref: '#/components/schemas/Kept'}]}}
        '404':
          description: none
          content: {application/json: {schema: {$ref: '#/components/schemas/Problem'}}}
    delete:
      responses: {'204': {description: gone}}
  /pets/{petId}/picture:
    put:
      parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file]
              properties: {file: {type: string, format: binary}}
      responses:
        '200':
          description: names
          content: {application/json: {schema: {type: object, additionalProperties: {type: string}}}}
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
  schemas:
    Kind: {type: string, enum: [dog, cat]}
    Tag: {type: object, required: [word], properties: {word: {type: string, maxLength: 20}}}
    Pet:
      type: object
      required: [name, kind]
      properties:
        name: {type: string, minLength: 1, maxLength: 40, description: What it is called.}
        kind: {$ref: '#/components/schemas/Kind'}
        age: {type: integer, minimum: 0, nullable: true}
        tags: {type: array, items: {$ref: '#/components/schemas/Tag'}, default: []}
        parent: {nullable: true, allOf: [{$ref: '#/components/schemas/Pet'}]}
    Kept:
      allOf:
        - $ref: '#/components/schemas/Pet'
        - {type: object, required: [id], properties: {id: {type: integer}}}
    Problem: {type: object, required: [title], properties: {title: {type: string}}}
"""


@pytest.fixture(scope="module")
def served() -> Any:
    """What the service tells over HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(service(), log_level="critical"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        target = Target(listening.getsockname()[1])
        told = json.loads(target.ask(Ask("GET", "/openapi.json")).body)
        server.should_exit = True
        thread.join(5)
    return told


def compared(tmp_path: Path, mine: Any, theirs: Any) -> list[Fault | str]:
    (tmp_path / "api.yaml").write_text(yaml.safe_dump(mine, sort_keys=False))
    shelf = Shelf(walk(str(tmp_path)))
    paper = shelf.get("api.yaml")
    return list(drift(shelf, paper, kind_of(paper.value), read("served.json", json.dumps(theirs).encode())))


def rules(found: list[Fault | str], *, grave: bool = True) -> list[tuple[str, str]]:
    return [(one.rule, one.at) for one in found if isinstance(one, Fault) and one.grave is grave]


def contract() -> Any:
    return yaml.safe_load(CONTRACT)


def test_a_contract_by_hand_that_is_right_has_no_grave_fault(tmp_path: Path, served: Any) -> None:
    found = compared(tmp_path, contract(), served)
    assert rules(found) == []
    warnings = rules(found, grave=False)
    assert {at for rule, at in warnings if rule == "drift-response"} == {
        "DELETE /pets/{petId} 422", "GET /pets 422", "GET /pets/{petId} 422", "POST /pets 422",
        "PUT /pets/{petId}/picture 422",
    }  # fmt: skip
    assert len(warnings) == 5
    assert not [one for one in found if isinstance(one, str)]


def in_31(value: Any) -> Any:
    """The same contract in the words of OpenAPI 3.1."""
    if isinstance(value, list):
        return [in_31(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {key: in_31(one) for key, one in value.items() if key != "nullable"}
    if value.get("nullable") and "type" in made:
        made["type"] = [made["type"], "null"]
    elif value.get("nullable"):
        made = {"oneOf": [{"type": "null"}, *made["allOf"]]}
    return made


def test_the_version_that_it_is_written_in_makes_no_difference(tmp_path: Path, served: Any) -> None:
    value = {**in_31(contract()), "openapi": "3.1.0"}
    assert rules(compared(tmp_path, value, served)) == []


def at(value: Any, *steps: Any) -> Any:
    for step in steps:
        value = value[step]
    return value


PETS, ONE = ("paths", "/pets"), ("paths", "/pets/{petId}")
PET = ("components", "schemas", "Pet")
GET, POST = "GET /pets", "POST /pets"


def put(*steps: Any, value: Any) -> Callable[[Any], None]:
    return lambda document: at(document, *steps[:-1]).__setitem__(steps[-1], value)


def drop(*steps: Any) -> Callable[[Any], None]:
    return lambda document: at(document, *steps[:-1]).__delitem__(steps[-1])


KEPT = {"application/json": {"schema": {"$ref": "#/components/schemas/Kept"}}}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (drop(*ONE, "delete"), [("drift-undeclared-operation", "DELETE /pets/{id}")]),
        (
            put("paths", "/owners", value={"get": {"responses": {"200": {"description": "x"}}}}),
            [("drift-missing-operation", "GET /owners")],
        ),
        (drop(*PETS, "get", "parameters", 0), [("drift-parameter", f"{GET} query limit")]),
        (
            put(*PETS, "get", "parameters", 0, "name", value="most"),
            [("drift-parameter", f"{GET} query limit"), ("drift-parameter", f"{GET} query most")],
        ),
        (
            put(*PETS, "get", "parameters", 2, "required", value=True),
            [("drift-parameter", f"{GET} header X-Trace required")],
        ),
        (
            put(*PETS, "get", "parameters", 0, "schema", "maximum", value=50),
            [("drift-parameter", f"{GET} query limit maximum")],
        ),
        (
            put(*ONE, "parameters", 0, "schema", "type", value="string"),
            [("drift-parameter", f"{verb} path petId type") for verb in
             ("DELETE /pets/{petId}", "GET /pets/{petId}")],
        ),
        (drop(*PETS, "post", "requestBody", "required"), [("drift-body", f"{POST} body required")]),
        (drop(*PETS, "post", "requestBody"), [("drift-body", f"{POST} body")]),
        (
            put(*PETS, "post", "requestBody", "content", value={"text/plain": {}}),
            [("drift-body", f"{POST} body application/json"), ("drift-body", f"{POST} body text/plain")],
        ),
        (
            put(*PETS, "post", "responses", value={"200": {"description": "x", "content": KEPT}}),
            [("drift-response", f"{POST} 200"), ("drift-response", f"{POST} 201")],
        ),
        (drop(*ONE, "get", "responses", "404"), [("drift-response", "GET /pets/{petId} 404")]),
        (
            put(*PETS, "post", "responses", "201", "content", value={"application/xml": {}}),
            [("drift-response", f"{POST} 201 application/{one}") for one in ("json", "xml")],
        ),
        (
            put("components", "schemas", "Problem", "properties", "title", "type", value="integer"),
            [("drift-response", "GET /pets/{petId} 404 application/json /title type")],
        ),
        (
            put("components", "schemas", "Problem", "required", value=["title", "detail"]),
            [("drift-response", "GET /pets/{petId} 404 application/json /detail required")],
        ),
        (
            put("components", "schemas", "Problem", "properties", "detail", value={"type": "string"}),
            [("drift-response", "GET /pets/{petId} 404 application/json /detail property")],
        ),
        (
            put("components", "schemas", "Problem", "additionalProperties", value=False),
            [("drift-response", "GET /pets/{petId} 404 application/json additionalProperties")],
        ),
        (drop(*PETS, "post", "security"), [("drift-security", POST)]),
        (
            put("components", "securitySchemes", "token", value={"type": "apiKey", "in": "query"}),
            [("drift-security", POST)],
        ),
    ],
)  # fmt: skip
def test_each_difference_is_its_own_fault(
    tmp_path: Path, served: Any, change: Callable[[Any], None], expected: Any
) -> None:
    value = contract()
    change(value)
    assert rules(compared(tmp_path, value, served)) == expected


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (put(*PET, "properties", "kind", value={"type": "string", "enum": ["cat"]}), "/kind enum"),
        (drop(*PET, "properties", "age", "nullable"), "/age type"),
        (put(*PET, "properties", "age", "minimum", value=1), "/age minimum"),
        (drop("components", "schemas", "Tag", "properties", "word", "maxLength"), "/tags/*/word maxLength"),
        (put(*PET, "required", value=["name"]), "/kind required"),
        (drop(*PET, "properties", "tags"), "/tags property"),
    ],
)
def test_what_stands_deep_in_a_schema_is_told_by_its_place(
    tmp_path: Path, served: Any, change: Callable[[Any], None], word: str
) -> None:
    value = contract()
    change(value)
    found = rules(compared(tmp_path, value, served))
    json_ = "application/json"
    assert ("drift-body", f"{POST} body {json_} {word}") in found
    assert ("drift-response", f"{GET} 200 {json_} /*{word}") in found
    assert all(at.endswith(word) for _, at in found)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (put(*PET, "properties", "tags", "default", value=[1]), "/tags default"),
        (
            put("components", "securitySchemes", "token", value={"type": "oauth2", "flows": {}}),
            "POST /pets",
        ),
        (put(*ONE, "get", "responses", "410", value={"description": "gone"}), "GET /pets/{petId} 410"),
        (put(*PETS, "get", "operationId", value="all"), ""),
        (
            put(*PETS, "get", "responses", "422", value={"description": "x", "content": KEPT}),
            "GET /pets 422 application/json /detail property",
        ),
        (put("components", "schemas", "Tag", "properties", "word", "format", value="slug"), "/word format"),
    ],
)
def test_what_may_mean_the_same_is_only_a_warning(
    tmp_path: Path, served: Any, change: Callable[[Any], None], expected: str
) -> None:
    value = contract()
    change(value)
    found = compared(tmp_path, value, served)
    assert rules(found) == []
    assert [at for _, at in rules(found, grave=False) if at.endswith(expected) and not at.endswith("422")]


def test_what_stands_before_the_paths(tmp_path: Path, served: Any) -> None:
    value = contract()
    value["servers"] = [{"url": "https://pets.example/{v}", "variables": {"v": {"default": "v1"}}}]
    (said,) = [one for one in compared(tmp_path, value, served) if isinstance(one, str)]
    assert "'/v1'" not in said
    moved = {**served, "paths": {f"/v1{path}": item for path, item in served["paths"].items()}}
    found = compared(tmp_path, value, moved)
    assert rules(found) == []
    assert not [one for one in found if isinstance(one, str)]


def test_the_own_contract_against_itself() -> None:
    shelf = Shelf(walk(str(ROOT / "contracts")))
    paper = shelf.get("openapi.yaml")
    same = Paper("served.json", copy.deepcopy(paper.value), "")
    assert list(drift(shelf, paper, "openapi-3.1", same)) == []


def test_the_own_contract_in_json_with_its_references_resolved() -> None:
    shelf = Shelf(walk(str(ROOT / "contracts")))
    paper = shelf.get("openapi.yaml")

    def whole(value: Any, inside: tuple[str, ...] = ()) -> Any:
        if isinstance(value, list):
            return [whole(one, inside) for one in value]
        if not isinstance(value, dict):
            return value
        ref = value.get("$ref")
        if not isinstance(ref, str):
            return {key: whole(one, inside) for key, one in value.items()}
        if ref in inside:
            return value
        beside = {key: whole(one, inside) for key, one in value.items() if key != "$ref"}
        return {**whole(shelf.find(paper, ref).value, (*inside, ref)), **beside}

    value = {key: one if key == "components" else whole(one) for key, one in paper.value.items()}
    found = list(drift(shelf, paper, "openapi-3.1", read("served.json", json.dumps(value).encode())))
    assert [one for one in found if isinstance(one, str) or one.grave] == []


SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "t", "version": "1"},
    "basePath": "/v1",
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "securityDefinitions": {"me": {"type": "basic"}},
    "paths": {
        "/a": {
            "post": {
                "security": [{"me": []}],
                "parameters": [
                    {"name": "b", "in": "body", "required": True, "schema": {"$ref": "#/definitions/A"}},
                    {"name": "q", "in": "query", "type": "array", "items": {"type": "string"},
                     "collectionFormat": "multi"},
                ],
                "responses": {"200": {"description": "x", "schema": {"$ref": "#/definitions/A"}}},
            },
            "put": {
                "parameters": [{"name": "f", "in": "formData", "type": "file", "required": True}],
                "consumes": ["multipart/form-data"],
                "responses": {"204": {"description": "x"}},
            },
        }
    },
    "definitions": {
        "A": {
            "type": "object",
            "properties": {"n": {"type": "number", "minimum": 0, "exclusiveMinimum": True}},
        }
    },
}  # fmt: skip
A = {"schema": {"$ref": "#/x-a"}}
RAISED = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/v1/a": {
            "post": {
                "security": [{"x": []}],
                "parameters": [
                    {"name": "q", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}
                ],
                "requestBody": {
                    "required": True, "content": {"Application/JSON; charset=utf-8": A}
                },
                "responses": {"200": {"description": "x", "content": {"application/json": A}}},
            },
            "put": {
                "requestBody": {
                    "required": True,
                    "content": {"multipart/form-data": {"schema": {
                        "type": "object", "required": ["f"], "properties": {
                            "f": {"type": "string", "contentMediaType": "application/octet-stream"}
                        },
                    }}},
                },
                "responses": {"204": {"description": "x"}},
            },
        }
    },
    "components": {"securitySchemes": {"x": {"type": "http", "scheme": "basic"}}},
    "x-a": {"type": "object", "properties": {"n": {"type": "number", "exclusiveMinimum": 0}}},
}  # fmt: skip


def test_swagger_is_raised_too(tmp_path: Path) -> None:
    assert compared(tmp_path, SWAGGER, RAISED) == []
    assert compared(tmp_path, RAISED, SWAGGER) == []


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    assert rules(compared(tmp_path, contract(), {"a": 1})) == [("drift-unreadable", "served")]
    lost = {"openapi": "3.1.0", "paths": {"/pets": {"$ref": "#/none"}}}
    found = compared(tmp_path, {**contract(), "paths": {"/pets": contract()["paths"]["/pets"]}}, lost)
    assert rules(found) == []
    assert str(found[0]).startswith("unread: /pets of what is served")


def test_schemas_without_an_end_are_unread_and_never_alike(tmp_path: Path) -> None:
    loop = {"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"200": {"content": {
        "application/json": {"schema": {"$ref": "#/x-a"}}}}}}}},
        "x-a": {"allOf": [{"$ref": "#/x-a", "type": "object"}]}}  # fmt: skip
    found = compared(tmp_path, loop, loop)
    assert [str(one)[:7] for one in found] == ["unread:"]
