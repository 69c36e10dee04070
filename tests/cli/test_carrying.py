"""Orders given beside a server are done by the server; beside a run they are refused with what to do."""

from collections.abc import Iterator

import pytest
from tests.app.online import Online, online
from tests.app.shop import Shop, new_shop
from tests.cli.shell import Shell

from windlass.app.home import Home
from windlass.cli.carrying import check_free
from windlass.kernel import Conflict

RUNNERS = (
    '["mechanic", {name = "writer", kind = "command", sources = ["person"],'
    ' command = ["sh", "-c", "echo hello > NOTES.md"]}]'
)


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, Online]]:
    env = {
        "WINDLASS_DISPATCH_RUNNERS": RUNNERS, "WINDLASS_VERIFY_FAST": '["true"]',
        "WINDLASS_VERIFY_PR": '["true"]', "WINDLASS_BACKLOG_THRESHOLD": "100",
    }  # fmt: skip
    shop = new_shop(tmp_path_factory.mktemp("serving") / "plant", env=env)
    with online(shop, workers=1) as at:
        yield shop, at
    shop.close()


def test_a_server_does_what_is_ordered_beside_it(server: tuple[Shop, Online]) -> None:
    shop, _ = server
    said = Shell(shop.outside)("execute", "Take notes", "--path", "NOTES.md", "--runner", "writer", "--json")
    assert said.code == 0, said.out + said.err
    assert said.json["landing"] == "landed"
    assert "The server at http://" in said.err
    assert "^ submitted" in said.err


def test_beside_a_run_an_order_is_refused_with_what_to_do(shell: Shell) -> None:
    said = shell("status")
    assert said.code == 0
    with Home.open(shell.plant.env).own(1.0):
        refused = shell("execute", "Take notes", "--path", "NOTES.md")
    assert refused.code == 6
    assert "windlass wait run" in refused.err
    assert shell.rows("SELECT count(*) FROM wl_task") == [(0,)]


def test_a_home_that_nobody_owns_is_free(tmp_path_factory: pytest.TempPathFactory) -> None:
    shop = new_shop(tmp_path_factory.mktemp("free") / "plant")
    plant = shop.open()
    check_free(plant)
    with plant.home.own(1.0), pytest.raises(Conflict, match="takes no orders for"):
        check_free(plant)
    shop.close()
