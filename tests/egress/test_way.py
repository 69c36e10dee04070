"""The host's own network as a way out."""

import asyncio
import socket

import pytest

from windlass.egress.way import Internet


def test_names_become_addresses_each_once():
    assert set(asyncio.run(Internet().resolve("localhost"))) <= {"127.0.0.1", "::1"}
    with pytest.raises(OSError, match=r".+"):
        asyncio.run(Internet().resolve("nowhere.invalid"))


def test_this_host_itself_is_no_way_out():
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(OSError, match="host itself"):
        asyncio.run(Internet().dial("127.0.0.1", server.getsockname()[1]))
