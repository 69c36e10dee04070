"""The meta-schemas refuse what they should, each of them, and say where."""

import pytest

from windlass.papers import holding

INFO = {"title": "t", "version": "1"}
GOOD = {
    "swagger-2": {"swagger": "2.0", "info": INFO, "paths": {}},
    "openapi-3.0": {"openapi": "3.0.3", "info": INFO, "paths": {}},
    "openapi-3.1": {"openapi": "3.1.0", "info": INFO, "paths": {}},
    "openapi-3.2": {"openapi": "3.2.0", "info": INFO, "paths": {}},
    "asyncapi-2": {"asyncapi": "2.0.0", "info": INFO, "channels": {}},
    "asyncapi-3": {"asyncapi": "3.0.0", "info": INFO},
    "draft-4": {"type": "object"}, "draft-6": {"type": "object"}, "draft-7": {"type": "object"},
    "draft-2019-09": {"type": "object"}, "draft-2020-12": {"type": "object"},
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_each_takes_what_is_right_and_refuses_what_is_not(name: str) -> None:
    assert list(holding.against(name, GOOD[name])) == []
    key = "type" if name.startswith("draft") else "info"
    found = list(holding.against(name, {**GOOD[name], key: 7}))
    assert [steps for steps, _ in found] == [(key,)]


def test_of_a_choice_the_way_is_told_that_was_meant_and_codes_stay_words() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "bogus"}}}
    answer = {"description": "x", "content": {"application/json": {"schema": schema}}}
    document = {**GOOD["openapi-3.0"], "paths": {"/a": {"get": {"responses": {"200": answer}}}}}
    ((steps, why),) = holding.against("openapi-3.0", document)
    assert steps[:5] == ("paths", "/a", "get", "responses", "200")
    assert steps[-3:] == ("properties", "a", "type")
    assert '"bogus" is not one of' in why


def test_bindings_of_asyncapi_are_not_looked_at_and_references_to_them_may_stand() -> None:
    for bindings in ({"kafka": {"anything": 1}}, {"$ref": "#/components/x"}):
        document = {**GOOD["asyncapi-3"], "channels": {"c": {"address": "a", "bindings": bindings}}}
        assert list(holding.against("asyncapi-3", document)) == []


def test_values_are_held_offline_and_never_for_long() -> None:
    assert "is not of type" in holding.misfit({"type": "string"}, "draft-7", 1)
    assert holding.misfit({"pattern": "^(a|a)*(?=b)$"}, "draft-7", "a" * 60) is not None
    with pytest.raises(ValueError, match=r"none\.json"):
        holding.misfit({"$ref": "https://example.org/none.json"}, "draft-7", 1)


def test_a_place_is_told_and_what_nobody_can_say_is_said() -> None:
    fits = holding.held({"properties": {"a": {"items": {"type": "integer"}}}}, "draft-7")
    assert fits({"a": [1, 2]}) is None
    assert fits({"a": [1, "x"]}) == (("a", 1), '"x" is not of type "integer"')
    with pytest.raises(holding.Undecided):
        holding.held({"pattern": "^(([a-z])+.)+[A-Z]([a-z])+$(?<!q)"}, "draft-7")("a" * 60)


def test_a_reference_to_nowhere_spoils_only_what_it_is_in() -> None:
    documents = {
        "https://tree.invalid/a": {"properties": {"x": {"$ref": "b"}, "y": {"type": "string"}}},
    }
    known = holding.registry(documents, "draft-4")
    assert holding.misfit({"$ref": "https://tree.invalid/a#/properties/y"}, "draft-4", 1, known)
    with pytest.raises(ValueError, match="not of types"):
        holding.misfit({"$ref": "https://tree.invalid/a#/properties/x"}, "draft-4", 1, known)
