"""A service asked everything that its contract lets one ask: a right one, and one for every fault."""

from pathlib import Path
from typing import Any

import pytest
from tests.papers.live.shop import PATH, laid, served, shop, target

from windlass.papers.live.asking import http, smoke
from windlass.papers.told import Fault

KIND = "openapi-3.1"


def asked(app: Any, tmp_path: Path, document: Any, *leave_out: str, kind: str = KIND) -> list[Fault | str]:
    shelf, paper = laid(tmp_path, document)
    with served(app) as port:
        return list(http(target(port), shelf, paper, kind, leave_out))


def faults(found: list[Fault | str]) -> list[tuple[str, str]]:
    return [(one.rule, one.at) for one in found if isinstance(one, Fault)]


def test_of_a_right_service_everything_is_asked_and_nothing_is_told(tmp_path: Path) -> None:
    app = shop()
    assert asked(app, tmp_path, app.openapi()) == []
    every = {f"{method.upper()} {path}" for path, item in app.openapi()["paths"].items() for method in item}
    assert {one.replace("/p7", "/{pet_id}") for one in app.state.asked} >= every


@pytest.mark.parametrize(
    ("rule", "at"),
    [
        ("server-error", "GET /pets 500"),
        ("undeclared-status", "GET /pets 418"),
        ("body-misfit", "GET /pets/{pet_id} 200"),
        ("undeclared-media-type", "GET /pets/{pet_id} 200"),
        ("missing-body", "GET /pets/{pet_id} 200"),
        ("missing-header", "GET /rate 200 X-Left"),
        ("header-misfit", "GET /rate 200 X-Left"),
        ("accepted-invalid", "GET /search 200"),
    ],
)
def test_each_fault_is_told_and_no_other(tmp_path: Path, rule: str, at: str) -> None:
    found = asked(shop(rule), tmp_path, shop().openapi())
    assert [(one.rule, one.at, one.path, one.grave) for one in found if isinstance(one, Fault)] == [
        (rule, at, PATH, True)
    ]
    assert len(found) == 1


def test_a_method_that_nobody_declares_is_a_fault_of_each_path(tmp_path: Path) -> None:
    found = faults(asked(shop("accepted-method"), tmp_path, shop().openapi()))
    assert {rule for rule, _ in found} == {"accepted-method"}
    assert ("accepted-method", "PATCH /pets/{pet_id} 204") in found


def test_what_is_left_out_is_not_asked_and_is_told(tmp_path: Path) -> None:
    app = shop()
    found = asked(app, tmp_path, app.openapi(), "POST /pets", "* /pets/**", "PATCH /rate")
    assert found == [
        f"{PATH}: left out as told: POST /pets, GET /pets/{{pet_id}}, PUT /pets/{{pet_id}}, "
        "DELETE /pets/{pet_id}, GET /pets/{pet_id}/toys"
    ]
    assert {one for one in app.state.asked if "/pets" in one} == {"GET /pets", "PATCH /pets"}
    assert "PATCH /rate" not in app.state.asked


def test_reads_that_need_nothing_are_safe_to_ask_again(tmp_path: Path) -> None:
    shelf, paper = laid(tmp_path, shop().openapi())
    made = [one.target for one in smoke(shelf, paper, KIND, ["GET /rate"])]
    assert made == ["/pets?limit=5", "/search?word=windlass&count=1"]
