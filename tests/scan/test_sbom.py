"""The document holds the parts of CycloneDX 1.6 that it uses, and says the same of the same."""

import json
from typing import Any

import jsonschema_rs
import pytest

from windlass.scan.lockfile import Dependency, Listed
from windlass.scan.sbom import purl, sbom

FOUND = (
    Dependency("PyPI", "Ruamel_Yaml", "0.18+x", "uv.lock"),
    Dependency("npm", "@scope/a", "1.0.0", "web/package-lock.json"),
    Dependency("PyPI", "ruamel-yaml", "0.18+x", "requirements.txt"),
)


def closed(required: str = "", **properties: Any) -> dict[str, Any]:
    return {
        "type": "object", "additionalProperties": False, "properties": properties,
        "required": required.split(),
    }  # fmt: skip


def many(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": item, **more}


TEXT: dict[str, Any] = {"type": "string"}
REF = {"type": "string", "minLength": 1}
COMPONENT = closed(
    "type name",
    **{
        "type": {"enum": ["application", "framework", "library"]}, "bom-ref": REF, "name": TEXT,
        "version": {"type": "string", "maxLength": 1024}, "purl": TEXT,
        "evidence": closed(occurrences=many(closed("location", location=TEXT))),
    },
)  # fmt: skip
SCHEMA = closed(
    "bomFormat specVersion",
    **{
        "$schema": TEXT, "bomFormat": {"const": "CycloneDX"}, "specVersion": {"const": "1.6"},
        "serialNumber": {
            "pattern": "^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
        },
        "version": {"type": "integer", "minimum": 1},
        "metadata": closed(
            tools=closed(components=many(COMPONENT, uniqueItems=True)), component=COMPONENT,
            properties=many(closed("name", name=TEXT, value=TEXT)),
        ),
        "components": many(COMPONENT, uniqueItems=True),
        "compositions": many(
            closed(
                "aggregate", aggregate={"enum": ["complete", "incomplete", "unknown", "not_specified"]},
                assemblies=many(REF, uniqueItems=True),
            ),
            uniqueItems=True,
        ),
    },
)  # fmt: skip
"""What the schema of CycloneDX 1.6 asks of the parts that are used; nothing else may be there."""


@pytest.mark.parametrize("listed", [Listed(), Listed(FOUND, ("yarn.lock is not read",))])
def test_it_is_what_the_schema_asks_for(listed: Listed) -> None:
    told = sbom(listed, "shop", "a" * 40, "1.0")
    jsonschema_rs.Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(told)))


def test_a_package_of_two_files_is_one_component_with_both_places() -> None:
    told = sbom(Listed(FOUND), "shop", "a" * 40, "1.0")
    assert [one["purl"] for one in told["components"]] == [
        "pkg:npm/%40scope/a@1.0.0", "pkg:pypi/ruamel-yaml@0.18%2Bx",
    ]  # fmt: skip
    places = told["components"][1]["evidence"]["occurrences"]
    assert places == [{"location": "requirements.txt"}, {"location": "uv.lock"}]
    assert told["compositions"][0]["aggregate"] == "unknown"
    assert told == sbom(Listed(FOUND[::-1]), "shop", "a" * 40, "1.0")
    assert told["serialNumber"] != sbom(Listed(FOUND), "shop", "b" * 40, "1.0")["serialNumber"]


def test_what_could_not_be_read_is_said() -> None:
    told = sbom(Listed((), ("yarn.lock is not read",)), "shop", "a" * 40, "1.0")
    assert told["metadata"]["properties"] == [{"name": "windlass:unread", "value": "yarn.lock is not read"}]
    assert told["compositions"][0]["aggregate"] == "incomplete"


def test_go_and_cargo_have_names_of_their_own() -> None:
    module = Dependency("Go", "github.com/Azure/x", "0.0.1-a", "go.mod")
    assert purl(module) == "pkg:golang/github.com/azure/x@v0.0.1-a"
    assert purl(Dependency("crates.io", "serde_json", "1.0.1", "Cargo.lock")) == "pkg:cargo/serde_json@1.0.1"
