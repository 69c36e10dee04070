"""Providers in windlass.toml: read, shown again, and every mistake told at once, without a key in sight."""

import tomllib

import pytest

from windlass.app.config_providers import ProviderSetting, provider_of, provider_tables
from windlass.app.config_values import Complaint
from windlass.meter import Protocol

SHAPE = provider_tables("a list of providers")
TEXT = """
[[models.provider]]
name = "shop"
url = "https://models.example/api"
speaks = ["openai-chat", "anthropic-messages"]
key = "file:/etc/windlass/shop.key"
models = ["m-1"]
[models.provider.prices."m-1"]
input = "1.25"
output = 10

[[models.provider]]
name = "own"
url = "http://127.0.0.1:11434"
speaks = ["openai-chat"]
"""
PLAIN = {"name": "a", "url": "http://h", "speaks": ["gemini"]}


def test_providers_are_read_and_shown_as_the_file_spells_them() -> None:
    found = SHAPE.read(tomllib.loads(TEXT)["models"]["provider"])
    shop, own = found
    assert own == ProviderSetting("own", "http://127.0.0.1:11434", ("openai-chat",))
    assert (shop.key, shop.models) == ("file:/etc/windlass/shop.key", ("m-1",))
    assert provider_of(shop).speaks == {Protocol.CHAT, Protocol.MESSAGES}
    assert SHAPE.read(SHAPE.show(found)) == found


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ("shop", [""]),
        ([{}], ["[0]"]),
        ([PLAIN, PLAIN], ["[1].name"]),
        ([{"name": "a b", "speaks": ["latin"], "key": "sk-123"}], ["[0].name", "[0].speaks", "[0].key"]),
        ([{**PLAIN, "speaks": []}], ["[0].speaks"]),
        ([{**PLAIN, "speaks": [1]}], ["[0].speaks"]),
        ([{**PLAIN, "key": "file:relative"}], ["[0].key"]),
        ([{**PLAIN, "models": "m"}], ["[0].models"]),
        ([{**PLAIN, "url": "ftp://h"}], ["[0].url"]),
        ([{**PLAIN, "url": "https://me:sk-1@h"}], ["[0].url"]),
        ([{**PLAIN, "prices": {"m": {"input": -1}}}], ["[0].prices"]),
        ([{**PLAIN, "prices": 3}], ["[0].prices"]),
        ([{**PLAIN, "token": "x"}], ["[0]"]),
    ],
)
def test_every_mistake_is_told_with_its_place(given: object, places: list[str]) -> None:
    with pytest.raises(Complaint) as caught:
        SHAPE.read(given)
    assert [fault.at for fault in caught.value.faults] == places


def test_a_key_that_was_written_down_is_not_repeated() -> None:
    for wrong in ({"key": "sk-very-secret"}, {"url": "https://me:sk-very-secret@h"}):
        with pytest.raises(Complaint) as caught:
            SHAPE.read([{**PLAIN, **wrong}])
        assert "sk-very-secret" not in str([(f.value, f.problem, f.hint) for f in caught.value.faults])
