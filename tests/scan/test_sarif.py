"""SARIF as results: what `tests/plugins/sources/test_sarif_file.py` holds as hits, and the bounds."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.kernel import Invalid
from windlass.scan import sarif


def test_a_result_says_where_and_what() -> None:
    place = {
        "physicalLocation": {
            "artifactLocation": {"uri": "a.py"},
            "region": {"startLine": 3, "startColumn": 5},
        }
    }
    result = {"ruleId": "R1", "level": "error", "message": {"text": "bad"}, "locations": [place]}
    content = json.dumps({"runs": [{"tool": {"driver": {"name": "T"}}, "results": [result]}]}).encode()
    told = sarif.read_sarif(content, {"a.py": None})
    assert told.results == (sarif.Result("T", "R1", "a.py", 3, 5, "bad", "bad", "error", security=False),)
    assert sarif.read_sarif(content, {}).outside == 1


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"[" * 200_000, b'{"runs": 1}', b'{"runs": [], "version": "1.0.0"}']
)
def test_what_is_no_sarif_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        sarif.read_sarif(content, {})


def of(run: dict[str, object], *paths: str) -> list[sarif.Result]:
    document = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "T"}}, **run}]}
    return list(sarif.read_sarif(json.dumps(document).encode(), dict.fromkeys(paths)).results)


def at(uri: str | None = None, **more: object) -> list[object]:
    place = {**({"uri": uri} if uri else {}), **more}
    return [{"physicalLocation": {"artifactLocation": place}}]


def test_a_rule_of_an_extension_is_the_one_that_is_told() -> None:
    rules = [{"id": "js/xss", "properties": {"security-severity": "9.1"}}]
    driver = {"name": "CodeQL", "rules": [{"id": "other", "properties": {"security-severity": "1.0"}}]}
    tool = {"driver": driver, "extensions": [{"name": "none"}, {"name": "queries", "rules": rules}]}
    named = {"id": "js/xss", "index": 0, "toolComponent": {"index": 1}}
    result = {"ruleId": "js/xss", "ruleIndex": 0, "rule": named, "locations": at("a.js")}
    found = of({"tool": tool, "results": [result]}, "a.js")
    assert [(one.rule, one.severity, one.security) for one in found] == [("js/xss", "critical", True)]
    by_id = {"rule": {"id": "js/xss"}, "locations": at("a.js")}
    found = of({"tool": tool, "results": [by_id]}, "a.js")
    assert [(one.rule, one.severity) for one in found] == [("js/xss", "critical")]


def test_a_rule_is_found_by_the_beginning_of_its_name() -> None:
    driver = {"name": "T", "rules": [{"id": "CA1", "defaultConfiguration": {"level": "error"}}]}
    found = of({"tool": {"driver": driver}, "results": [{"ruleId": "CA1/2", "locations": at("a")}]}, "a")
    assert [(one.rule, one.severity) for one in found] == [("CA1/2", "error")]


def test_a_place_may_be_told_by_its_number_among_the_files() -> None:
    run = {"artifacts": [{"location": {"uri": "b.py"}}], "results": [{"locations": at(index=0)}]}
    assert [one.path for one in of(run, "b.py")] == ["b.py"]
    assert of({**run, "results": [{"locations": at(index=7)}]}, "b.py") == []


def test_a_message_may_be_told_by_its_name() -> None:
    rules = [{"id": "R", "messageStrings": {"default": {"text": "'{0}' is {{weak}}, {1}, {7}"}}}]
    driver = {"name": "T", "rules": rules}
    message = {"id": "default", "arguments": ["md5", "old"]}
    result = {"ruleId": "R", "message": message, "locations": at("a")}
    (found,) = of({"tool": {"driver": driver}, "results": [result]}, "a")
    assert found.message == "'md5' is {weak}, old, {7}"


def test_fingerprints_are_those_of_the_results_that_count() -> None:
    results = [
        {"kind": "pass", "locations": at("a"), "fingerprints": {"v": "0"}},
        *({"locations": at("a"), "fingerprints": {"v": one}} for one in "12"),
    ]  # fmt: skip
    assert [one.fingerprint for one in of({"results": results}, "a")] == ["v=1", "v=2"]


KEYS = (
    "runs", "tool", "driver", "extensions", "rules", "id", "results", "ruleId", "ruleIndex", "rule", "index",
    "toolComponent", "message", "text", "arguments", "messageStrings", "locations", "physicalLocation",
    "artifactLocation", "uri", "uriBaseId", "artifacts", "location", "level", "kind", "properties", "tags",
    "security-severity", "fingerprints", "suppressions", "invocations", "executionSuccessful", "default",
)  # fmt: skip
SARIF = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats() | st.sampled_from([*KEYS, "a.py", "{0}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=60,
)


@given(st.lists(SARIF, max_size=3))
def test_whatever_runs_say_is_read(runs: list[object]) -> None:
    told = sarif.read_sarif(json.dumps({"version": "2.1.0", "runs": runs}).encode(), {"a.py": None})
    assert {one.path for one in told.results} <= {"a.py"}
    assert {one.severity for one in told.results} <= {"critical", "error", "warning", "note"}
