"""A model reached from inside a box: the key stays outside, and each attempt pays for its own calls."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.app.shop import Shop
from tests.scripted.asking import CHAT, SHELL

from windlass.app.config import load, read_file
from windlass.app.config_providers import ProviderSetting
from windlass.app.lines import EGRESS_PORT, MODEL_PORT, key_of, open_lines
from windlass.app.wiring import Plant, open_launcher
from windlass.dispatch import Assignment, Job, Lease
from windlass.dispatch.allowance import Allowance
from windlass.events import history
from windlass.kernel import Denied, Dialogue, Invalid, NotFound
from windlass.meter import Caps, DurableLedger, Scope
from windlass.sandbox import Launcher, Limits, as_talk
from windlass.scripted import Answered, Script, serving

KEY = "sk-real-0123456789abcdef"
LONG_S = 60.0
SETTINGS = """
[[models.provider]]
name = "scripted"
url = "{url}"
speaks = ["openai-chat"]
key = "env:MODEL_KEY"
[models.provider.prices."m-*"]
input = 3
output = 15

[dispatch]
runners = [
  {{name = "thinker", kind = "command", command = "think", provider = "scripted"}},
  {{name = "plain", kind = "command", command = "fix"}},
]
"""


@pytest.fixture
def seen() -> list[Answered]:
    return []


@pytest.fixture
def url(seen: list[Answered]) -> Iterator[str]:
    with serving(Script(key=KEY), watch=seen.append) as made:
        yield made


@pytest.fixture
def env(shop: Shop, url: str, tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "settings.toml"
    file.write_text(SETTINGS.format(url=url))
    return {**shop.env, "WINDLASS_CONFIG": str(file), "MODEL_KEY": KEY}


@pytest.fixture
def plant(shop: Shop, env: dict[str, str]) -> Plant:
    shop.outside.more_env.update(env)
    return shop.open()


def job(task: int, fence: int, runner: str = "thinker") -> Job:
    told = Assignment(task, fence, 1, "t", "", "", "", (), (), (), "", "", "")
    return Job(Lease(task, fence, "w", "n", 0.0), runner, told)


@contextmanager
def asking(launcher: Launcher, doors: Any) -> Iterator[Dialogue]:
    """A program in the sandbox that asks its model once and shows all that it knows."""
    body = json.dumps(CHAT.body(0, SHELL, False))
    lines = (
        "POST /v1/chat/completions HTTP/1.1", f"Host: 127.0.0.1:{MODEL_PORT}", "Connection: close",
        "Content-Type: application/json", "Authorization: Bearer none", f"Content-Length: {len(body)}",
        "", "",
    )  # fmt: skip
    head = r"\r\n".join(lines)
    script = (
        f"exec 3<>/dev/tcp/127.0.0.1/{MODEL_PORT}; printf '{head}' >&3; printf %s \"$1\" >&3; cat <&3;"
        "env; cat /proc/*/environ /proc/*/cmdline | tr '\\0' ' '"
    )
    with as_talk(launcher, (), "/", {}, Limits(), doors=doors) as talk:
        assert talk.addresses == {"model": f"http://127.0.0.1:{MODEL_PORT}"}
        with talk(["bash", "-c", script, "ask", body], timeout_s=LONG_S) as dialogue:
            yield dialogue


def heard(dialogue: Dialogue) -> str:
    got = bytearray()
    while part := dialogue.receive(LONG_S):
        got += part
    return got.decode("utf-8", "replace")


def test_an_attempt_asks_its_model_without_ever_seeing_the_key(
    plant: Plant, env: dict[str, str], seen: list[Answered]
) -> None:
    launcher = open_launcher(plant)
    with open_lines(plant.home, env) as lines:
        kit = lines.kit(plant)
        for task, fence in ((7, 1), (7, 2), (8, 1)):
            with asking(launcher, kit.doors(job(task, fence))) as dialogue:
                said = heard(dialogue)
            assert said.startswith("HTTP/1.1 200"), said
            assert KEY not in said
        assert kit.doors(job(9, 1, "plain")) == {}
    assert [one.headers["authorization"] for one in seen] == [f"Bearer {KEY}"] * 3
    spent = plant.database.read(lambda tx: DurableLedger.of_attempts(tx, 7, [1, 2, 3]))
    assert spent.keys() == {1, 2}
    assert spent[1] == spent[2]
    assert (spent[1].requests, spent[1].unmeasured, spent[1].unpriced) == (1, 0, 0)
    assert spent[1].micro_dollars == 3 * spent[1].input + 15 * spent[1].output > 0
    told = sorted(plant.home.transcripts.iterdir())
    assert [one.name for one in told] == ["7.1.jsonl", "7.2.jsonl", "8.1.jsonl"]
    assert "Fix it." in told[0].read_text()
    assert KEY not in told[0].read_text()
    assert told[0].stat().st_mode & 0o777 == 0o600


def test_what_the_budget_leaves_caps_the_line(
    plant: Plant, env: dict[str, str], seen: list[Answered]
) -> None:
    launcher, one = open_launcher(plant), job(7, 1)
    one = replace(one, allowance=Allowance({Scope.TASK: Caps(requests=1)}))
    with open_lines(plant.home, env) as lines:
        kit = lines.kit(plant)
        said = []
        for _ in range(2):
            with asking(launcher, kit.doors(one)) as dialogue:
                said.append(heard(dialogue).split("\r\n")[0])
    assert [line.split()[1] for line in said] == ["200", "403"]
    assert len(seen) == 1


def test_money_is_not_limited_where_a_price_is_not_known(shop: Shop, env: dict[str, str]) -> None:
    file = Path(env["WINDLASS_CONFIG"])
    file.write_text(file.read_text().replace('prices."m-*"', 'prices."other"').replace(
        'key = "env:MODEL_KEY"', 'key = "env:MODEL_KEY"\nmodels = ["m-1"]'
    ))  # fmt: skip
    shop.outside.more_env.update(env)
    plant = shop.open()
    with open_lines(plant.home, env) as lines:
        lines.kit(plant)
    shop.outside.more_env["WINDLASS_BUDGET_DAY_DOLLARS"] = "5"
    plant = shop.open()
    with open_lines(plant.home, env) as lines, pytest.raises(Invalid, match="'m-1' is not known"):
        lines.kit(plant)


def test_a_plant_whose_runners_ask_no_model_opens_no_meter(shop: Shop) -> None:
    plant = shop.open()
    with open_lines(plant.home, shop.env) as lines:
        assert lines.kit(plant).doors(job(1, 1)) == {}
        assert lines._meter is None


def test_a_missing_key_is_told_at_the_start(plant: Plant, env: dict[str, str]) -> None:
    del env["MODEL_KEY"]
    with open_lines(plant.home, env) as lines, pytest.raises(NotFound, match="'MODEL_KEY' holds no key"):
        lines.kit(plant)


def test_a_key_may_be_changed_while_we_work(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("first\n")
    file.chmod(0o600)
    setting = ProviderSetting("p", "http://h", ("gemini",), f"file:{file}")
    key = key_of(setting, {})
    assert key is not None
    assert key() == "first"
    file.write_text("second\n")
    assert key() == "second"
    file.chmod(0o644)
    with pytest.raises(Denied):
        key_of(setting, {})
    assert key_of(ProviderSetting("p", "http://h", ("gemini",)), {}) is None


def test_the_way_out_leads_to_what_the_owner_named_alone(plant: Plant, env: dict[str, str]) -> None:
    settings = Path(env["WINDLASS_CONFIG"])
    settings.write_text(settings.read_text() + '[sandbox]\negress = ["named.example:443"]\n')
    plant = replace(plant, loaded=load(env, user=read_file(settings)))
    head = r"CONNECT other.example:443 HTTP/1.1\r\n\r\n"
    ask = f"exec 3<>/dev/tcp/127.0.0.1/{EGRESS_PORT}; printf '{head}' >&3; cat <&3"
    with open_lines(plant.home, env) as lines:
        kit = lines.kit(plant)
        assert kit.doors(job(7, 1)).keys() == {"model", "egress"}
        doors = kit.doors(job(9, 1, "plain"))
        with as_talk(open_launcher(plant), (), "/", {}, Limits(), doors=doors) as talk:
            assert talk.addresses == {"egress": f"http://127.0.0.1:{EGRESS_PORT}"}
            with talk(["bash", "-c", ask], timeout_s=LONG_S) as dialogue:
                assert heard(dialogue).startswith("HTTP/1.1 403")
    (told,) = plant.database.read(lambda tx: history(tx, task=9))
    assert (told.kind, told.data["counts"]["refused"]) == ("egress.used", 1)
    assert "other.example:443" in told.data["refused"][0]
