"""Bad input for every operation of the contract: the documented status, a hint, and nothing changed."""

from typing import Any

import pytest

from windlass.contracts import Operation, load_contract

CONTRACT = load_contract()
OPERATIONS = sorted(CONTRACT.operations.values(), key=lambda one: one.id)
SECURED = [one for one in OPERATIONS if one.security]
BODIES = [one for one in OPERATIONS if one.body is not None and one.body.is_json]
READS = {"checkTaskStatus", "getTaskHistory"}
"""These may look after the lease is gone."""
LEASED = [
    one
    for one in OPERATIONS
    if one.is_tool and one.id not in READS
    if "lease_token" in CONTRACT.document.schemas[one.body.model if one.body else ""]["properties"]
]
FILLED = {
    "task_id": "1", "decision_id": "1", "policy_id": "1", "lane_id": "1", "instance": "build-7", "key": "a",
    "resource": "a", "role": "qa", "token_id": "1",
}  # fmt: skip
UNKNOWN = {name: "999999" for name in ("task_id", "decision_id", "policy_id", "lane_id", "token_id")} | {
    "instance": "nobody", "key": "nothing/here", "resource": "nothing/here", "role": "nobody",
}  # fmt: skip


def named(one: Operation) -> str:
    return one.id


def path(one: Operation, filled: dict[str, str] = FILLED) -> str:
    return one.path.format(**filled)


def example(one: Operation) -> Any:
    told = CONTRACT.document.tree["paths"][one.path][one.method.lower()]
    return told["requestBody"]["content"]["application/json"]["example"]


def sent(one: Operation, token: str = "") -> dict[str, Any]:
    """A good request's headers and query."""
    headers = {"If-Match": '"0"'} if one.id == "writeState" else {}
    query = {"fence": "1"} if one.id == "releaseLock" else {}
    query |= {"commit": "b" * 40} if one.id == "writeAttemptPack" else {}
    query |= {"for_s": "0"} if one.stream else {}
    return {"headers": headers, "params": query, "token": token}


@pytest.fixture
def busy(lite_site):
    """A site in which things could be changed."""
    lite_site.file(2)
    lite_site.claim()
    lite_site.token()
    return lite_site


@pytest.mark.parametrize("one", SECURED, ids=named)
def test_strangers_are_told_nothing_and_change_nothing(busy, one):
    lease = busy.database.write(lambda tx: None) or busy.token("viewer", subject="person:gone")
    busy.clock.advance(200_000)  # every token has expired by now
    before = [kind for kind in busy.events() if not kind.startswith("access.")]
    body = example(one) if one.body is not None and one.body.is_json else None
    for token in ("", "wl_pat_nonsense", lease):
        found = busy.ask(one.method, path(one), body, **sent(one, token))
        assert found.status_code == 401
        told = found.json()
        assert told["code"] == "unknown"
        assert told["hint"]
        assert not token or token not in found.text
    assert [kind for kind in busy.events() if not kind.startswith("access.")] == before
    assert busy.events().count("access.unknown") == 3


@pytest.mark.parametrize("one", BODIES, ids=named)
def test_bodies_that_do_not_fit_are_refused_with_their_place(busy, one):
    before, good = busy.events(), example(one)
    told = sent(one, busy.token())
    near = [{**good, name: {"a": []}} for name in good if name != "value"]
    for wrong in ([], "x", 7, True, {**good, "unheard_of": 1}, *near):
        status, problem = busy.bad(one.method, path(one), json=wrong, **told)
        assert status == 422, wrong
        assert problem["errors"]
        assert problem["hint"]
    for name in CONTRACT.document.schemas[one.body.model].get("required", ()):
        less = {key: value for key, value in good.items() if key != name}
        assert busy.bad(one.method, path(one), json=less, **told)[0] == 422
    assert busy.events() == before


@pytest.mark.parametrize("one", BODIES, ids=named)
def test_bodies_that_cannot_be_read_are_refused(busy, one):
    before = busy.events()
    told = sent(one, busy.token())
    told["headers"] = {**told["headers"], "content-type": "application/json"}
    deep, huge = b'{"a":' * 40 + b"1" + b"}" * 40, b'"' + b"x" * (1024 * 1024) + b'"'
    for content, status in (
        (b"", 400), (b"{", 400), (b'{"a":1,"a":2}', 400), (deep, 400), (b"\xff\xfe", 400), (huge, 413),
    ):  # fmt: skip
        assert busy.bad(one.method, path(one), content=content, **told)[0] == status
    told["headers"] = {**told["headers"], "content-type": "text/html"}
    assert busy.bad(one.method, path(one), content=b"{}", **told)[0] == 415
    assert busy.events() == before


@pytest.mark.parametrize("one", OPERATIONS, ids=named)
def test_other_hosts_and_pages_are_refused_everywhere(busy, one):
    before = busy.events()
    for name, value, status in (
        ("Host", "evil.example", 421), ("Host", "localhost", 421), ("Origin", "https://evil.example", 403),
        ("Origin", "null", 403),
    ):  # fmt: skip
        told = sent(one, busy.token())
        told["headers"] = {**told["headers"], name: value}
        assert busy.bad(one.method, path(one), **told)[0] == status
    assert busy.events() == before


@pytest.mark.parametrize("one", [one for one in OPERATIONS if "{" in one.path], ids=named)
def test_unknown_ids_are_not_found(busy, one):
    body = example(one) if one.body is not None and one.body.is_json else None
    found = busy.ask(one.method, path(one, UNKNOWN), body, **sent(one, busy.token()))
    if one.id in ("writeState", "takeLock"):  # these make what they name
        assert found.status_code == 200
        return
    assert found.status_code == (409 if one.id == "releaseLock" else 404)
    assert found.json()["hint"]


@pytest.mark.parametrize("one", LEASED, ids=named)
def test_a_foreign_lease_moves_nothing(busy, one):
    """The token of a lease that was taken away: every tool of a worker says that it is lost."""
    body = example(one)
    lease = busy.claim(busy.runner("second"))["lease"]
    busy.good("POST", "/v1/tools/requeue_task", {"task_id": lease["task_id"], "reason": "x"})
    before = busy.events()
    body = {name: value for name, value in body.items() if name != "task_id"}
    status, told = busy.bad("POST", one.path, body | {"lease_token": lease["token"]})
    assert (status, told["code"]) == (409, "lease-lost")
    assert [kind for kind in busy.events() if not kind.startswith("access.")] == before
