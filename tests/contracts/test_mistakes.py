"""Mistakes say where and what, and never what was sent."""

import jsonschema_rs

from windlass.contracts.mistakes import MISTAKES_MAX, find, pointer

SCHEMA = {
    "type": "object", "additionalProperties": False, "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 3},
        "list": {"type": "array", "items": {"type": "integer"}},
        "map": {"type": "object", "propertyNames": {"pattern": "^a"}},
    },
}  # fmt: skip
CHECK = jsonschema_rs.Draft202012Validator(SCHEMA, mask="the value")


def test_what_fits_has_no_mistakes():
    assert find(CHECK, {"name": "abc"}, "body") == ()


def test_mistakes_name_the_place_and_the_rule():
    found = find(CHECK, {"list": [1, "x"]}, "body")
    assert {(one.pointer, one.rule) for one in found} == {("", "required"), ("/list/1", "type")}
    assert all(one.place == "body" for one in found)


def test_nothing_that_was_sent_is_repeated():
    secret = "wl_pat_secret"
    found = find(CHECK, {"name": secret, secret: 1, "list": [secret], "map": {secret: 1}}, "body")
    assert {one.rule for one in found} == {"maxLength", "additionalProperties", "type", "propertyNames"}
    assert secret not in "".join(one.detail + one.pointer for one in found)


def test_mistakes_are_bounded():
    assert len(find(CHECK, {"name": "a", "list": ["x"] * 100}, "body")) == MISTAKES_MAX


def test_pointers_are_escaped():
    assert pointer(["a/b", 0, "c~d"]) == "/a~1b/0/c~0d"
