"""The shell among an agent's tools, and arguments that its schema accepts."""

import pytest

from windlass.scripted.shell import fill, shell_of

STRING = {"type": "object", "properties": {"command": {"type": "string"}}}


@pytest.mark.parametrize(
    ("offers", "index"),
    [
        ([("read", "function", {}), ("bash", "function", STRING)], 1),
        ([("terminal", "function", STRING), ("Bash", "function", STRING)], 1),
        ([("local_shell", "local_shell", {})], 0),
        ([("do_it", "function", {"properties": {"cmd": {"type": "string"}}}), ("read", "function", {})], 0),
        ([("one", "function", STRING), ("two", "function", STRING)], None),
        ([("read", "function", {"properties": {"path": {}}})], None),
        ([], None),
    ],
)  # fmt: skip
def test_the_shell_is_found_by_name_or_as_the_only_taker_of_a_command(
    offers: list[tuple[str, str, dict[str, object]]], index: int | None
) -> None:
    assert shell_of(offers) == index


def test_the_line_goes_where_the_schema_wants_it() -> None:
    assert fill("function", STRING, "ls") == {"command": "ls"}
    listed = {"properties": {"cmd": {"type": "ARRAY"}}}
    assert fill("function", listed, "ls -a") == {"cmd": ["bash", "-lc", "ls -a"]}
    assert fill("local_shell", {}, "ls") == {"command": ["bash", "-lc", "ls"]}


def test_everything_that_is_required_is_filled_with_something_allowed() -> None:
    properties = {
        "command": {"type": "string"}, "why": {"type": "string"}, "timeout": {"type": "number", "minimum": 5},
        "wait": {"type": "boolean"}, "env": {"type": "object"}, "tags": {"type": "array"},
        "how": {"enum": ["a", "b"]},
        "kind": {"const": "x"}, "level": {"type": ["integer", "null"], "default": 3}, "odd": True,
    }  # fmt: skip
    assert fill("function", {"properties": properties, "required": list(properties)}, "ls") == {
        "command": "ls", "why": "scripted", "timeout": 5, "wait": False, "env": {}, "tags": [], "how": "a",
        "kind": "x", "level": 3, "odd": "scripted",
    }  # fmt: skip
