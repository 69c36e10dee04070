"""What the settings say of generated files, and which lock files are known."""

import pytest

from windlass.conflicts.generated import (
    Generated,
    advice,
    generated_table,
    is_lock,
    maker,
    parse_entry,
    parse_generated,
)
from windlass.kernel import Invalid

LOCK = Generated("lock", ("uv.lock", "src/gen/", "api/*.json"), "make lock")


@pytest.mark.parametrize(
    ("path", "makes"),
    [
        ("uv.lock", True), ("src/gen/a/b.py", True), ("api/v1/x.json", True), ("other/uv.lock", False),
        ("src/generated.py", False), ("src/gen", False),
    ],
)  # fmt: skip
def test_paths_are_files_folders_or_patterns(path: str, makes: bool) -> None:
    assert LOCK.makes(path) is makes
    assert (maker([LOCK], path) is LOCK) is makes


def test_the_settings_come_back_as_they_were() -> None:
    assert parse_generated(generated_table([LOCK])) == (LOCK,)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "a: b"}, "no name"), ({"paths": []}, "paths"), ({"paths": ["../x"]}, "paths"),
        ({"paths": "uv.lock"}, "paths"), ({"command": "'"}, "no command line"), ({"command": ""}, "command"),
        ({"limit_s": 0}, "limit"), ({"limit_s": None}, "limit"), ({"shell": True}, "unknown keys"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(change: dict[str, object], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        parse_entry({"name": "lock", "paths": ["uv.lock"], "command": "make lock", **change})
    with pytest.raises(Invalid, match="more than"):
        parse_generated({"generated": [{"name": "a", "paths": ["a"], "command": "a"}] * 51})


def test_lock_files_are_known_by_name_and_their_advice_names_a_command() -> None:
    assert is_lock("a/uv.lock")
    assert is_lock("my-own.lock")
    assert not is_lock("lock.py")
    assert "cargo generate-lockfile" in advice("x/Cargo.lock")
    assert "for example" not in advice("my-own.lock")
