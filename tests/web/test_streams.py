"""Who may follow, and what becomes of an error before a stream begins."""

import pytest
from starlette.testclient import WebSocketDenialResponse


def test_the_stream_tells_events_to_those_who_may_read(lite_site):
    lite_site.file()
    text = lite_site.ask("GET", "/v1/events?after=0.0&for_s=0").text
    assert "event: hello" in text
    assert '"kind":"task.filed"' in text
    assert lite_site.bad("GET", "/v1/events?for_s=0", token=lite_site.runner())[0] == 403
    assert lite_site.bad("GET", "/v1/events?for_s=0", token="")[0] == 401
    assert lite_site.bad("GET", "/v1/events?for_s=0&after=9.9")[0] == 409
    assert lite_site.bad("GET", "/v1/events?for_s=-1")[0] == 422


def test_an_agent_follows_its_own_task(lite_site):
    lite_site.file()
    got = lite_site.claim()
    path = f"/v1/events?after=0.0&for_s=0&task={got['task']['id']}"
    assert '"kind":"task.claimed"' in lite_site.ask("GET", path, token=got["lease"]["token"]).text


def test_a_socket_opens_for_known_callers_alone(lite_site):
    known = {"Authorization": f"Bearer {lite_site.token()}"}
    with lite_site.client.websocket_connect("ws://windlass.test/v1/ws?after=0.0", headers=known) as socket:
        assert socket.receive_json()["type"] == "hello"
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {lite_site.runner()}"}, 403)):
        connecting = lite_site.client.websocket_connect("ws://windlass.test/v1/ws", headers=headers)
        with pytest.raises(WebSocketDenialResponse) as refused, connecting:
            pass
        assert refused.value.status_code == status
