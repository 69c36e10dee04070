"""One service as a whole: started, asked, ended, and what came of it told."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.papers.live.conftest import Start

from windlass.papers.live import looking
from windlass.papers.live.looking import look
from windlass.papers.told import Told, parse_told, written
from windlass.papers.walk import walk

CONTRACT = {
    "openapi": "3.1.0", "info": {"title": "a", "version": "1"},
    "paths": {"/a": {"get": {"responses": {"200": {"description": "", "content": {
        "application/json": {"schema": {"type": "array"}}}}}}}},
}  # fmt: skip
SERVED = "self.reply(200, json.load(open('served.json')) if self.path == '/own.json' else [])"


def _look(start: Start, tmp_path: Path, body: str = SERVED, **asked: Any) -> Told:
    service = start(body)
    (tmp_path / "api.json").write_text(json.dumps(CONTRACT))
    told = {"kind": "service", "argv": service.argv, "ready": "/health", "openapi": "api.json", **asked}
    return look(walk(str(tmp_path)), json.loads(json.dumps(told)))


def test_a_good_one_is_told_in_a_report_that_can_be_read(serving: Start, tmp_path: Path) -> None:
    told = _look(serving, tmp_path)
    assert (list(told.faults), list(told.unread), told.files) == ([], [], 1)
    again = parse_told(written(told), {"api.json"})
    assert again is not None
    assert again.measures["start_s"] > 0


def test_faults_of_each_contract_are_told(serving: Start, tmp_path: Path) -> None:
    served = {**CONTRACT, "paths": {**CONTRACT["paths"], "/b": CONTRACT["paths"]["/a"]}}
    (tmp_path / "served.json").write_text(json.dumps(served))
    told = _look(serving, tmp_path, SERVED.replace("else []", "else {}"), served="/own.json")
    assert sorted(one.rule for one in told.faults) == ["body-misfit", "drift-undeclared-operation"]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"served": "/none.json"}, "drift: none.json is no openapi or swagger"),
        ({"openapi": "", "served": "/none.json"}, "HTTP: none.json is no openapi or swagger"),
        ({"openapi": "server.py"}, "HTTP: server.py: it is no YAML"),
        ({"asyncapi": "api.json"}, "WebSockets: api.json is no asyncapi"),
    ],
)
def test_what_is_no_contract_is_unread(
    serving: Start, tmp_path: Path, asked: dict[str, str], why: str
) -> None:
    (tmp_path / "served.json").write_text("{}")
    told = _look(serving, tmp_path, **asked)
    assert [one[: len(why)] for one in told.unread] == [why]


def test_one_that_keeps_its_reader_busy_is_unread(
    serving: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "EACH_S", 0.0)
    told = _look(serving, tmp_path)
    assert [one.partition(":")[0] for one in told.unread] == ["HTTP"]


def test_load_takes_the_requests_of_the_contract(serving: Start, tmp_path: Path) -> None:
    told = _look(serving, tmp_path, load_s=0.3, clients=2)
    assert list(told.faults) == []
    assert told.measures["requests_per_s"] > 0


def test_without_a_safe_request_nothing_is_loaded(serving: Start, tmp_path: Path) -> None:
    told = _look(serving, tmp_path, load_s=0.3, leave_out=["GET /a"])
    assert told.unread == ["no safe request is known to load it"]
