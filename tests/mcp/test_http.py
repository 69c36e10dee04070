"""The endpoint over HTTP: what the guard lets through, and what becomes of the rest."""

import json
import socket

import anyio
import httpx2
import pytest
from tests.mcp.conftest import serve

from mcp import Client
from windlass.identity import LeaseRef, Role, TokenKind, revoke, tokens
from windlass.mcp.http import BODY_MAX, EXPELLED

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
INIT = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"},
    },
}  # fmt: skip
ACCEPT = "application/json, text/event-stream"


def post(site, body=PING, token=None, **headers):
    token = token if token is not None else site.place.person()
    given = {"Content-Type": "application/json", "Accept": ACCEPT, "Authorization": f"Bearer {token}"}
    given.update({name.replace("_", "-"): value for name, value in headers.items()})
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with httpx2.Client() as client:
        return client.post(site.url, content=content, headers={k: v for k, v in given.items() if v})


def test_a_known_caller_gets_through(site):
    answer = post(site, INIT)
    assert answer.status_code == 200
    assert "windlass" in answer.text


def bad_tokens(place):
    dead = place.token(life_s=1.0, subject="runner:dead")
    place.database._clock.advance(2.0)
    gone = place.token(subject="runner:gone")
    number = place.database.read(tokens)[-1].id
    place.database.write(lambda tx: revoke(tx, number, "person:owner", tx.now()))
    link = place.token(TokenKind.LINK, Role.ADMIN, "person:ann")
    return {"expired": dead, "revoked": gone, "a link": link, "invented": "wl_pat_" + "0" * 49, "noise": "x"}


def test_nobody_unknown_gets_through_and_each_leaves_a_trace(site):
    answers = set()
    tried = bad_tokens(site.place)
    for token in tried.values():
        answer = post(site, INIT, token)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="windlass", error="invalid_token"'
        answers.add(answer.text)
    missing = post(site, INIT, Authorization="")
    assert missing.status_code == 401
    assert missing.headers["www-authenticate"] == 'Bearer realm="windlass"'
    assert answers == {missing.text}, "a refusal tells more than that it is one"
    records = site.place.told("access.unknown")
    assert len(records) == len(tried) + 1
    assert {r.data["via"] for r in records} == {"mcp"}
    assert all(r.data["source"].startswith("127.0.0.1:") for r in records)
    for token in tried.values():
        assert token == "x" or token not in str(records)


@pytest.mark.parametrize("scheme", ["Basic", "bearer ", "Token", "BearerX"])
def test_only_a_bearer_counts(site, scheme):
    token = site.place.person()
    answer = post(site, INIT, Authorization=f"{scheme} {token}")
    assert answer.status_code == (200 if scheme.strip().lower() == "bearer" else 401)


def test_two_credentials_are_none(site):
    token = site.place.person().encode()
    headers = [
        (b"Authorization", b"Bearer " + token), (b"Authorization", b"Bearer " + token),
        (b"Content-Type", b"application/json"), (b"Accept", ACCEPT.encode()),
    ]  # fmt: skip
    with httpx2.Client() as client:
        assert client.post(site.url, content=json.dumps(INIT), headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Host", "evil.example", 421),
        ("Host", "localhost", 421),
        ("Host", "127.0.0.1:1", 421),
        ("Origin", "http://evil.example", 403),
        ("Origin", "null", 403),
        ("Origin", "http://127.0.0.1:1", 403),
    ],
)
def test_a_foreign_host_or_origin_is_refused_before_anything_is_read(site, header, value, status):
    answer = post(site, b"\xff not even json", "not even a token", **{header: value})
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert site.place.told("access.unknown") == []


def test_a_page_of_our_own_is_let_in(site):
    assert post(site, INIT, Origin=f"http://localhost:{site.port}").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel_task","arguments":'
        b'{"task_id":1,"task_id":2,"reason":"x"}}}',
        b"[" * 50 + b"]" * 50,
        b'{"a":' * 41 + b"1" + b"}" * 41,
        b'{"jsonrpc":"2.0","id":NaN}',
        b'{"id":1e999}',
        b'{"a":"\\ud800"}',
        b"\xff\xfe{}",
        b"{",
        b"",
    ],
)
def test_what_two_readers_could_read_differently_is_refused(site, body):
    answer = post(site, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32700


def test_a_huge_body_is_refused_without_reading_it(site):
    answer = post(site, b" " * (BODY_MAX + 1))
    assert answer.status_code == 413
    declared = (
        f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n"
        f"Authorization: Bearer {site.place.person()}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {10**12}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.port), 10) as raw:
        raw.sendall(declared.encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 413")


def test_a_huge_body_of_unknown_length_is_cut_off(site):
    token = site.place.person()
    with socket.create_connection(("127.0.0.1", site.port), 10) as raw:
        raw.sendall(
            f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for _ in range(17):
            raw.sendall(chunk)
        assert raw.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "HEAD"])
def test_other_methods_are_named_as_such(site, method):
    with httpx2.Client() as client:
        answer = client.request(method, site.url, headers={"Authorization": f"Bearer {site.place.person()}"})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST, DELETE"


def test_a_session_is_worth_nothing_to_anybody_else(site):
    ann, bob = site.place.person(name="ann"), site.place.person(name="bob")
    opened = post(site, INIT, ann)
    session = opened.headers["mcp-session-id"]
    assert post(site, PING, ann, Mcp_Session_Id=session).status_code == 200
    assert post(site, PING, bob, Mcp_Session_Id=session).status_code == 404
    with httpx2.Client() as client:
        stolen = client.delete(
            site.url, headers={"Authorization": f"Bearer {bob}", "Mcp-Session-Id": session}
        )
    assert stolen.status_code == 404
    assert post(site, PING, ann, Mcp_Session_Id=session).status_code == 200


def test_a_session_ends_with_its_token(site):
    ann = site.place.person()
    session = post(site, INIT, ann).headers["mcp-session-id"]
    number = site.place.database.read(tokens)[-1].id
    site.place.database.write(lambda tx: revoke(tx, number, "person:owner", tx.now()))
    assert post(site, PING, ann, Mcp_Session_Id=session).status_code == 401


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_who_calls_is_the_bearer_and_nothing_in_the_message(site, mode):
    """A runner that says in every way it can that it is an admin stays a runner."""
    task = site.place.desk.file()

    async def main():
        async with Client(site.transport(site.place.token()), mode=mode) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            assert "approve_work" not in names
            refused = await client.call_tool(
                "cancel_task", {"task_id": task, "reason": "x"},
                meta={"windlass.principal": "person:owner", "user": "person:owner", "role": "admin"},
            )  # fmt: skip
            assert refused.is_error
            assert refused.meta["windlass/problem"]["status"] == 403

    anyio.run(main)
    (record,) = site.place.told("access.denied")
    assert (record.actor, record.data["action"], record.data["via"]) == ("runner:w1", "task.cancel", "mcp")


def test_a_lease_token_can_be_the_bearer(site):
    task = site.place.desk.file()
    _, lease = site.place.desk.take("runner:w1")
    ref = LeaseRef(lease.task_id, lease.fence, lease.worker, lease.node)
    token = site.place.token(TokenKind.LEASE, Role.AGENT, lease=ref)

    async def main():
        async with Client(site.transport(token)) as client:
            told = await client.call_tool("check_task_status", {})
            assert told.structured_content["lease"] == "alive"
            assert (await client.call_tool("renew_lease", {})).is_error is False
            other = await client.call_tool("check_task_status", {"task_id": task + 1})
            assert other.is_error

    anyio.run(main)


def test_a_stream_ends_when_its_token_is_revoked(lite):
    served = serve(lite, recheck_every_s=0.1)
    site = next(served)
    token = lite.token()
    number = lite.database.read(tokens)[-1].id
    begun = post(site, INIT, token)
    given = {
        "Authorization": f"Bearer {token}", "Accept": "text/event-stream",
        "Mcp-Session-Id": begun.headers["mcp-session-id"],
    }  # fmt: skip
    with httpx2.stream("GET", site.url, headers=given, timeout=60) as answer:
        assert answer.status_code == 200
        lite.database.write(lambda tx: revoke(tx, number, "person:owner", tx.now()))
        told = b"".join(answer.iter_bytes())
    assert told.endswith(EXPELLED)
    session = {"Mcp_Session_Id": begun.headers["mcp-session-id"]}
    assert post(site, PING, token, **session).status_code == 401
    served.close()


def test_a_stream_of_who_is_known_goes_on_until_the_client_leaves(lite):
    served = serve(lite, recheck_every_s=0.05)
    site = next(served)
    token = lite.token()
    begun = post(site, INIT, token)
    given = {
        "Authorization": f"Bearer {token}", "Accept": "text/event-stream",
        "Mcp-Session-Id": begun.headers["mcp-session-id"],
    }  # fmt: skip
    quiet = httpx2.Timeout(60, read=1.0)
    following = httpx2.stream("GET", site.url, headers=given, timeout=quiet)
    with following as answer, pytest.raises(httpx2.ReadTimeout):
        assert EXPELLED not in b"".join(answer.iter_bytes())
    served.close()
