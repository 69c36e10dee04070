"""Requests for other hosts and from other pages end before anything is read; every answer is shielded."""

import pytest
from starlette.testclient import WebSocketDenialResponse

from windlass.web.guard import LARGEST, SHIELDS

HOST = "windlass.test"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", f"{HOST}.evil.example", "", f"{HOST}:99999"])
def test_other_hosts_are_misdirected(lite_site, host):
    status, told = lite_site.bad("GET", "/v1/tasks", headers={"Host": host})
    assert (status, told["code"]) == (421, "misdirected")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"http://{HOST}.evil.example", "file://"])
def test_pages_of_others_are_refused_even_with_a_token(lite_site, origin):
    lite_site.file()
    body = {"task_id": 1, "reason": "x"}
    status, told = lite_site.bad("POST", "/v1/tools/cancel_task", body, headers={"Origin": origin})
    assert (status, told["code"]) == (403, "foreign-origin")
    assert lite_site.good("GET", "/v1/tasks/1")["status"] == "pending"


def test_our_own_page_may(lite_site):
    assert lite_site.good("GET", "/v1/tasks", headers={"Origin": f"http://{HOST}"})["tasks"] == []


def test_a_body_that_says_it_is_huge_is_not_read(lite_site):
    for length in (str(LARGEST + 1), "9" * 30, "-1", "x"):
        status, _ = lite_site.bad("POST", "/v1/tools/claim_task", headers={"Content-Length": length})
        assert status == 413


def test_every_answer_is_shielded(lite_site):
    for path in ("/v1/tasks", "/nothing", "/health"):
        headers = lite_site.ask("GET", path).headers
        assert {name: headers[name] for name in SHIELDS} == SHIELDS


@pytest.mark.parametrize(
    ("url", "origin", "status"),
    [
        ("ws://evil.example/v1/ws", None, 421),
        ("ws://windlass.test/v1/ws", "https://evil.example", 403),
        ("ws://windlass.test/v1/ws", f"http://{HOST}", 401),
    ],
)
def test_sockets_are_guarded_too(lite_site, url, origin, status):
    connecting = lite_site.client.websocket_connect(url, headers={"Origin": origin} if origin else {})
    with pytest.raises(WebSocketDenialResponse) as refused, connecting:
        pass
    assert refused.value.status_code == status
