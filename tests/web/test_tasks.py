"""Lists of tasks go page by page and show what was asked for; new ones are filed once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.app.shop import new_shop
from tests.web.conftest import HOST, Site, serve
from windlass import history
from windlass.identity import TokenKind
from windlass.kernel import FixedClock
from windlass.web import WebSettings, create_app

ORDER = {"title": "Empty carts", "lane": "backend", "paths": ["shop/cart.py", "tests/"]}


@pytest.fixture
def tended(tmp_path: Path, clock: FixedClock) -> Iterator[Site]:
    """A server that tends a real repository."""
    shop = new_shop(tmp_path / "plant")
    plant = shop.open()
    served = serve(plant.database, tmp_path)
    served.plants = {plant.repository.id: plant}
    app = create_app(served, WebSettings({HOST}, strict=True))
    with TestClient(app, base_url=f"http://{HOST}") as client:
        yield Site(plant.database, client, clock, served, repository=plant.repository.id)
    served.feed.close()
    shop.close()


def test_pages_follow_each_other(site):
    numbers = site.file(5)
    seen, after = [], 0
    while True:
        page = site.good("GET", f"/v1/tasks?limit=2&after={after}")
        seen += [one["id"] for one in page["tasks"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == numbers


def test_lists_are_narrowed(site):
    site.file(1, lane="backend")
    (other,) = site.file(1, lane="docs")
    assert [one["id"] for one in site.good("GET", "/v1/tasks?lane=docs")["tasks"]] == [other]
    assert site.good("GET", "/v1/tasks?status=completed&status=failed")["tasks"] == []
    assert len(site.good("GET", "/v1/tasks?status=pending&repository=shop")["tasks"]) == 2
    assert site.bad("GET", "/v1/tasks?repository=nothing")[0] == 404


def test_one_task_is_shown_whole(site):
    (number,) = site.file()
    found = site.good("GET", f"/v1/tasks/{number}")
    assert found["spec"]["runner"] == "mechanic"
    assert "spec" not in site.good("GET", "/v1/tasks")["tasks"][0]
    assert site.bad("GET", "/v1/tasks/999999")[0] == 404
    assert site.good("GET", f"/v1/tasks/{number}/history")["messages"] == []


def test_an_agent_sees_its_own_task_alone(site):
    mine, other = site.file(2)
    got = site.claim()
    lease = got["lease"]["token"]
    own, foreign = (mine, other) if got["task"]["id"] == mine else (other, mine)
    assert site.good("GET", f"/v1/tasks/{own}", token=lease)["id"] == own
    assert site.bad("GET", f"/v1/tasks/{foreign}", token=lease)[0] == 403
    assert site.bad("GET", "/v1/tasks", token=lease)[0] == 403


def test_a_task_is_filed_as_the_command_files_it(tended):
    operator = tended.token("operator")
    more = {"text": "It crashes.", "kind": "fix", "skills": ["python"], "wsjf": 5, "high_risk": True}
    made = tended.ask("POST", "/v1/tasks", {**ORDER, **more}, token=operator)
    assert (made.status_code, made.json()["risk"]) == (201, "high")
    assert "a person says so" in made.json()["reasons"]
    task = tended.good("GET", f"/v1/tasks/{made.json()['id']}")
    told = {name: task[name] for name in ("title", "lane", "kind", "role", "risk", "skills", "status")}
    assert told == {
        "title": "Empty carts", "lane": "backend", "kind": "fix", "role": "implementation", "risk": "high",
        "skills": ["python"], "status": "pending",
    }  # fmt: skip
    assert (task["spec"]["paths"], task["spec"]["instructions"]) == (ORDER["paths"], "It crashes.")
    (done,) = tended.database.read(lambda tx: history.operations(tx, tended.repository))
    assert (done.command, done.actor) == ("task file", "person:operator")
    after = tended.good("POST", "/v1/tasks", {**ORDER, "needs": [task["id"]]}, token=operator)
    assert tended.good("GET", f"/v1/tasks/{after['id']}")["waits_for"] >= 1


def test_a_task_is_filed_once_under_its_key(tended):
    key = {"Idempotency-Key": "k-1"}
    first = tended.good("POST", "/v1/tasks", ORDER, headers=key)
    assert tended.good("POST", "/v1/tasks", ORDER, headers=key) == first
    assert len(tended.good("GET", "/v1/tasks")["tasks"]) == 1
    other = {**ORDER, "title": "Full carts"}
    assert tended.bad("POST", "/v1/tasks", other, headers=key)[0] == 409


def test_filing_is_for_those_who_may(tended):
    for token in (tended.token("viewer"), tended.runner()):
        assert tended.bad("POST", "/v1/tasks", ORDER, token=token)[0] == 403
    more = {"kind": TokenKind.SERVICE, "subject": "service:ci"}
    reading = tended.token("service", scopes=("read",), **more)
    assert tended.bad("POST", "/v1/tasks", ORDER, token=reading)[0] == 403
    filing = tended.token("service", scopes=("task.create",), **more)
    assert tended.good("POST", "/v1/tasks", ORDER, token=filing)["id"] == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [({"paths": ["../x"]}, 422), ({"paths": []}, 422), ({"title": "two\nlines"}, 422), ({"needs": [99]}, 404),
     ({"worker": "w"}, 422), ({"wsjf": -1}, 422)],
)  # fmt: skip
def test_what_cannot_be_filed_leaves_nothing(tended, change, status):
    assert tended.bad("POST", "/v1/tasks", {**ORDER, **change})[0] == status
    assert tended.bad("POST", "/v1/tasks?repository=nothing", ORDER)[0] == 404
    assert tended.good("GET", "/v1/tasks")["tasks"] == []


def test_a_server_that_does_not_tend_the_repository_says_who_could(lite_site):
    status, told = lite_site.bad("POST", "/v1/tasks", ORDER)
    assert (status, told["hint"]) == (503, "file it at the one that does")


def test_acceptance_checks_are_told_to_the_worker_and_looked_at_first(tended):
    operator = tended.token("operator")
    asked = {**ORDER, "kind": "bug", "acceptance": ["tests/test_cart.py::test_empty"]}
    made = tended.ask("POST", "/v1/tasks", asked, token=operator).json()
    spec = tended.good("GET", f"/v1/tasks/{made['id']}")["spec"]
    assert spec["instructions"].endswith("- `tests/test_cart.py::test_empty`")
    assert "tests/" in spec["paths"]
    wrong = tended.ask("POST", "/v1/tasks", {**ORDER, "acceptance": ["echo 'open"]}, token=operator)
    assert wrong.status_code == 422
