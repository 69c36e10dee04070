"""asyncapi.yaml lists exactly what the code records, each kind with its data."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.cli.shell import new_shell
from tests.scripts import load_script
from windlass.contracts import ASYNCAPI, load_document
from windlass.events import Cursor, Event, Notice, Subject
from windlass.kernel import NotFound
from windlass.web.frames import Frames
from windlass.web.messages import Messages

ROOT = Path(__file__).parents[2]
KIND = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return dict(load_document(ASYNCAPI).tree)


@pytest.fixture(scope="module")
def messages() -> Messages:
    return Messages(load_document(ASYNCAPI).tree)


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """scripts/docs_reference.py, which reads the kinds in the source."""
    return load_script("docs_reference")


def test_the_list_of_kinds_is_what_the_code_records(messages: Messages, reference: Any) -> None:
    """A new kind needs its message under components.messages and its line in both channels."""
    recorded = set(reference.kinds())
    assert sorted(recorded - messages.kinds) == [], "recorded, but not in contracts/asyncapi.yaml"
    assert sorted(messages.kinds - recorded) == [], "in contracts/asyncapi.yaml, but nobody records it"


def test_both_channels_tell_every_kind(document: dict[str, Any], messages: Messages) -> None:
    for channel in document["channels"].values():
        told = {name for name in channel["messages"] if KIND.fullmatch(name)}
        assert told == messages.kinds
        for name, value in channel["messages"].items():
            assert value == {"$ref": f"#/components/messages/{name}"}


def test_every_kind_has_words_and_says_its_name(document: dict[str, Any], messages: Messages) -> None:
    for kind in messages.kinds:
        message = document["components"]["messages"][kind]
        assert message["summary"]
        assert message["payload"]["allOf"][1]["properties"]["kind"] == {"const": kind}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def targets(part: Any) -> Iterator[str]:
        if isinstance(part, dict) and isinstance(target := part.get("$ref"), str):
            yield target
        for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            yield from targets(inner)

    def leads(target: str) -> bool:
        place: Any = document
        for word in target.removeprefix("#/").split("/"):
            place = place.get(word, {})
        return bool(place)

    found = set(targets(document))
    assert found
    assert [target for target in found if not leads(target)] == []


def test_what_a_real_run_records_fits(tmp_path: Path, messages: Messages) -> None:
    shell = new_shell(tmp_path / "plant")
    assert shell("run", "--land").code == 0
    rows = shell.rows(
        "SELECT seq, at, actor, kind, repository_id, item_id, task_id, fence, data FROM wl_event"
    )
    frames = Frames(messages)
    for seq, at, actor, kind, repository, item, task, fence, data in rows:
        event = Event(seq, at, actor, kind, Subject(repository, item, task, fence), json.loads(data))
        told = json.loads(frames.event(Notice(Cursor(0, seq), event)))
        assert told["type"] == "event", (kind, data)
    assert {"task.claimed", "verdict.passed", "landing.landed"} <= {row[3] for row in rows}
    assert frames.violations == 0


def test_an_unknown_message_is_a_mistake_of_ours(messages: Messages) -> None:
    with pytest.raises(NotFound):
        messages.problem("nothing", {})


def test_a_problem_says_where_it_is(messages: Messages) -> None:
    problem = messages.problem("client-ping", {"type": "pong"})
    assert problem is not None
    assert problem.startswith("type: ")
    assert messages.problem("client-ping", {"type": "ping"}) is None
