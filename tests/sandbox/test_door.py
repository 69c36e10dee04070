import socket

import pytest

from windlass.kernel import Invalid
from windlass.sandbox import Door


def serve(listener: socket.socket) -> socket.socket:
    return listener


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_a_door_has_a_port(port: int) -> None:
    with pytest.raises(Invalid, match="from 1 to 65535"):
        Door(port, serve)


def test_what_it_serves_with_can_be_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Door(1, serve).serve(listener).close()
        assert listener.fileno() == -1
