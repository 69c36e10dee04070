"""The report as JSON."""

import json
from dataclasses import replace

from tests.learn.test_render import AT, EMPTY, FULL

from windlass.learn import to_json


def test_the_document_is_plain_json_and_stable() -> None:
    assert json.loads(json.dumps(to_json(FULL))) == to_json(FULL)
    assert json.dumps(to_json(FULL)) == json.dumps(to_json(replace(FULL)))


def test_every_section_names_its_source_and_every_row_its_time() -> None:
    document = to_json(FULL)
    for name in ("found", "ranked", "gated", "done", "refused", "delivered", "blocked"):
        assert document[name]["source"]
        assert document[name]["rows"]
        assert all(row["at"].endswith("Z") for row in document[name]["rows"])


def test_times_are_text_and_unknown_stays_unknown() -> None:
    document = to_json(FULL)
    assert document["run"]["started_at"] == "2027-01-15T08:00:00.000Z"
    assert document["found"]["rows"][2]["coverage"] is None
    assert to_json(replace(EMPTY, run=replace(EMPTY.run, finished_at=None)))["run"]["finished_at"] is None
    assert AT == 1_800_000_000.0


def test_no_actionable_items_is_said() -> None:
    assert to_json(EMPTY)["no_actionable_items"] is True
    assert to_json(FULL)["no_actionable_items"] is False


def test_the_command_that_catches_up_is_a_field() -> None:
    assert to_json(replace(FULL, catch_up="git read-tree"))["catch_up"] == "git read-tree"
    assert to_json(EMPTY)["catch_up"] == ""
