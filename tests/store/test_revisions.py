"""Older code on a newer schema: only where every revision in between left room for it."""

import re
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st

from windlass.kernel import Invalid
from windlass.store import schema
from windlass.store.revisions import Standing, named, standing

KNOWN = ("0001_pre_spine", "0002_pre_mesh")
VERSIONS = Path(schema.__file__).parent / "versions"


@pytest.mark.parametrize(
    ("current", "applied", "wanted"),
    [
        (None, (), Standing.BEHIND),
        ("0001_pre_spine", (), Standing.BEHIND),
        ("0002_pre_mesh", (), Standing.CURRENT),
        ("0003_pre_more", (*KNOWN, "0003_pre_more"), Standing.AHEAD),
        ("0004_pre_yet", ("0004_pre_yet", "0003_pre_more"), Standing.AHEAD),
    ],
)
def test_older_same_and_newer_schemas(current, applied, wanted):
    assert standing(current, KNOWN, applied) is wanted


@pytest.mark.parametrize(
    ("current", "applied"),
    [
        ("0003_post_gone", (*KNOWN, "0003_post_gone")),
        ("0004_pre_yet", (*KNOWN, "0003_post_gone", "0004_pre_yet")),
        ("0004_pre_yet", (*KNOWN, "0004_pre_yet")),  # nobody knows what 0003 was
        ("0003_pre_more", KNOWN),  # not on record at all
        ("0003_pre_more", (*KNOWN, "0003_pre_other")),
        ("0003", (*KNOWN, "0003")),
        ("nonsense", (*KNOWN, "nonsense")),
        ("", (*KNOWN, "")),
    ],
)
def test_a_newer_schema_that_left_no_room_or_cannot_be_told_is_refused(current, applied):
    with pytest.raises(Invalid, match="does not know"):
        standing(current, KNOWN, applied)


@given(st.lists(st.sampled_from(["pre", "post"]), min_size=1, max_size=6))
def test_one_post_anywhere_ahead_is_enough_to_refuse(kinds):
    newer = [f"{number:04}_{kind}_x" for number, kind in enumerate(kinds, 3)]
    if "post" in kinds:
        with pytest.raises(Invalid):
            standing(newer[-1], KNOWN, {*KNOWN, *newer})
    else:
        assert standing(newer[-1], KNOWN, {*KNOWN, *newer}) is Standing.AHEAD


def test_revisions_of_the_tree_are_numbered_without_gaps_and_say_what_they_are():
    names = sorted(path.stem.removeprefix("v") for path in VERSIONS.glob("v*.py"))
    assert all(re.fullmatch(r"\d{4}_(pre|post)_[a-z0-9_]+", name) for name in names)
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    for name in names:
        assert f'revision = "{name}"' in (VERSIONS / f"v{name}.py").read_text()


def test_the_names_of_files_are_those_the_migrations_give_themselves() -> None:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    walked = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert named(path.name for path in VERSIONS.iterdir()) == walked[::-1]
