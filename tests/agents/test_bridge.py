"""The stream between the ACP library and a dialogue: what gets past it."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.agents.bridge import Bridge, parse_message
from windlass.kernel import Ran, Unavailable


class Fed:
    """A `kernel.Dialogue` that was fed beforehand."""

    def __init__(self, *parts: bytes | None) -> None:
        self.parts = list(parts)
        self.sent: list[bytes] = []

    def __enter__(self) -> "Fed":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def send(self, data: bytes) -> None:
        if len(self.sent) == 2:
            raise Unavailable("gone")
        self.sent.append(data)

    def hang_up(self) -> None:
        return

    def receive(self, wait_s: float) -> bytes | None:
        return self.parts.pop(0) if self.parts else b""

    def end(self) -> Ran:
        return Ran(0, b"", b"", 0.0)


def test_messages_come_whole_and_in_order_and_updates_go_aside() -> None:
    update = b'{"method":"session/update","params":{"a":1}}\n'
    fed = Fed(b'{"id":1,"res', None, b'ult":{}}\n', update, b'{"id":2,"result":null}')
    seen: list[object] = []

    async def read() -> list[object]:
        bridge = Bridge(fed, seen.append, float)
        found = []
        while (message := await bridge.receive()) is not None:
            found.append(message["id"])
        return found

    assert asyncio.run(read()) == [1, 2]
    assert seen == [{"a": 1}]


def test_what_is_sent_is_one_line_and_a_closed_input_is_a_lost_connection() -> None:
    fed = Fed()

    async def send() -> None:
        bridge = Bridge(fed, lambda _params: None, float)
        for _ in range(3):
            await bridge.send({"text": "a\nb"})

    with pytest.raises(ConnectionError, match="gone"):
        asyncio.run(send())
    assert fed.sent == [b'{"text":"a\\nb"}\n'] * 2


@pytest.mark.parametrize(
    "message",
    [
        {"method": "x"}, {"id": "a", "method": "x", "params": 3}, {"id": 1, "result": None},
        {"id": 1, "error": {"code": 1, "message": "x"}}, {"id": 1, "error": {}},
    ],
)  # fmt: skip
def test_sound_messages_pass(message: dict[str, object]) -> None:
    assert parse_message(json.dumps(message).encode()) == message


@pytest.mark.parametrize(
    "message",
    [
        None, [], 3, {}, {"id": 1}, {"id": [], "method": "x"}, {"id": True, "result": 1}, {"result": 1},
        {"id": 1, "error": 3}, {"id": 1, "error": {"code": "x"}}, {"method": 3, "id": 1, "result": 1},
    ],
)  # fmt: skip
def test_others_do_not(message: object) -> None:
    assert parse_message(json.dumps(message).encode()) is None


WORDS = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just({}) | st.just([])
TOLD = st.dictionaries(st.sampled_from(["id", "method", "result", "error", "params"]), WORDS)


@given(st.binary(max_size=200) | TOLD.map(lambda told: json.dumps(told).encode()))
def test_any_bytes_are_a_message_or_none(line: bytes) -> None:
    found = parse_message(line)
    if found is None:
        return
    assert found == json.loads(line)
    assert isinstance(found.get("method"), str) or ("id" in found and {"result", "error"} & set(found))
