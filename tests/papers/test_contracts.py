"""All contracts of a tree, and what is none."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from windlass.papers import contracts
from windlass.papers.told import Told
from windlass.papers.walk import walk

Look = Callable[..., Told]
HEAD = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"


@pytest.fixture
def look(tmp_path: Path) -> Look:
    def run(files: dict[str, str], leave_out: tuple[str, ...] = ()) -> Told:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return contracts.look(walk(str(tmp_path)), leave_out)

    return run


def rules(told: Told) -> list[tuple[str, str, int]]:
    return [(one.rule, one.at, one.line) for one in told.faults]


def test_what_is_no_contract_is_not_looked_at(look: Look) -> None:
    files = {
        "tsconfig.json": '{"$schema": "https://json.schemastore.org/tsconfig", // why\n}',
        "values.yaml": "openapi: on\n",
        "package.json": '{"dependencies": {"openapi": "3.0.0"}}',
        "node_modules/a/openapi.yaml": "openapi: 3.1.0\n",
        "broken.yaml": "a: [",
    }
    assert look(files) == Told(0, [], [], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + "paths: {}\n", []),
        (HEAD + "paths: [", [("unreadable", "", 4)]),
        (HEAD + "paths: {}\npaths: {}\n", [("duplicate-key", "/paths", 4)]),
        (HEAD.replace("title", "titel") + "paths: {}\n", [("meta-schema", "/info", 2)]),
        ("openapi: 9.0.0\n", [("unread", "openapi 9.0.0", 1)]),
        (
            HEAD + "components:\n  schemas:\n    A:\n      type: strin\n",
            [("invalid-schema", "/components/schemas/A/type", 6)],
        ),
        (
            HEAD + "components:\n  schemas:\n    A: {$ref: '#/components/schemas/B'}\n",
            [("missing-reference", "#/components/schemas/B", 5)],
        ),
    ],
)
def test_each_fault_has_a_rule_a_name_and_a_line(look: Look, text: str, expected: list[object]) -> None:
    found = [one for one in rules(look({"a.yaml": text})) if one[:2] != ("meta-schema", "")]
    assert found == expected


def test_a_json_schema_is_held_against_its_dialect(look: Look) -> None:
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required": "a"}
    told = look({"a.json": json.dumps(schema, indent=1)})
    assert (rules(told), told.notes) == ([("invalid-schema", "/required", 4)], ["1 draft-7"])


def test_files_that_a_contract_is_spread_over_are_looked_at_once(look: Look) -> None:
    part = "a: {$ref: 'gone.yaml'}\n"
    root = HEAD + "components: {schemas: {A: {$ref: 'part.yaml#/b'}}}\n"
    told = look({"a.yaml": root, "b.yaml": root, "part.yaml": part + "b: {}\n"})
    assert [(one.path, one.rule) for one in told.faults] == [("part.yaml", "missing-reference")]


def test_references_to_other_hosts_are_counted_and_not_followed(look: Look) -> None:
    told = look({"a.yaml": HEAD + "components: {schemas: {A: {$ref: 'https://example.org/x.json'}}}\n"})
    assert told.faults == []
    assert told.notes[1] == "a.yaml: 1 references lead out of the tree and were not followed"


def test_more_faults_than_one_file_may_have_are_said_to_be_there(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contracts, "FAULTS_MAX", 2)
    refs = "".join(f"    A{n}: {{$ref: '#/gone{n}'}}\n" for n in range(5))
    told = look({"a.yaml": HEAD + "components:\n  schemas:\n" + refs})
    assert [one.rule for one in told.faults] == ["unread", "missing-reference", "missing-reference"]


def test_a_contract_that_breaks_its_reader_is_no_pass(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        os._exit(1)

    for step, grave in (("_rules", True), ("_examples", False)):
        with monkeypatch.context() as patched:
            patched.setattr(contracts, step, broken)
            (fault,) = look({"a.yaml": HEAD + "paths: {}\n"}).faults
        assert (fault.rule, fault.grave, fault.text) == ("unread", grave, "it broke its reader")
