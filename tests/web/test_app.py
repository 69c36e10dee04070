"""The application as a whole: unknown paths, other methods, names and mounts."""

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from windlass.app import ServeSettings
from windlass.app.binding import Bind, Shield
from windlass.kernel import WindlassError
from windlass.web import WebSettings, create_app
from windlass.web.app import collect, settings_for


def test_paths_outside_of_the_contract_are_problems(lite_site):
    for path in ("/", "/v1", "/v1/tasks/1/2/3", "/docs", "/v1/tools/format_disk"):
        assert lite_site.bad("GET", path)[1]["code"] == "not-found"
    found = lite_site.ask("PATCH", "/v1/policies")
    assert found.status_code == 405
    assert {one.strip() for one in found.headers["allow"].split(",")} == {"GET", "HEAD", "POST"}
    assert found.json()["code"] == "method-not-allowed"


def test_names_follow_from_where_the_server_listens():
    local = settings_for(ServeSettings(Bind("127.0.0.1", 7717)))
    assert {"127.0.0.1:7717", "localhost:7717"} <= set(local.names)
    assert not local.secure
    named = settings_for(
        ServeSettings(Bind("0.0.0.0", 443), Shield(names=("w.example.org",), proxies=("10.0.0.1",)))
    )
    assert "w.example.org" in named.names
    assert named.secure
    assert "localhost:*" in settings_for(ServeSettings(Bind("127.0.0.1", 0))).names


def test_what_is_mounted_stands_behind_the_guard(lite_site):
    async def hello(request):
        return PlainTextResponse("hello")

    app = create_app(lite_site.served, WebSettings({"windlass.test"}), extra_routes=[Route("/mcp", hello)])
    with TestClient(app, base_url="http://windlass.test") as client:
        assert client.get("/mcp").text == "hello"
        assert client.get("/mcp", headers={"Host": "evil.example"}).status_code == 421


def test_one_operation_has_one_handler():
    with pytest.raises(WindlassError, match="two handlers"):
        collect({"a": print}, {"a": print})
